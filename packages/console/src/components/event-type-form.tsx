/** A button that opens the form for a new or an existing event type. */
import {
  Button,
  Checkbox,
  Group,
  JsonInput,
  Modal,
  Select,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { insertRow, updateRow } from "../api/client.ts";
import { fieldOf, sentence, toApiError } from "../api/errors.ts";
import type { EventType } from "../api/types.ts";
import { pretty } from "../copy/json-text.ts";
import { Failure } from "./states.tsx";

interface Values {
  name: string;
  description: string;
  schema: string;
  example: string;
  schema_check: string;
  group_name: string;
  feature_flag: string;
  is_deprecated: boolean;
}

function parsed(text: string): unknown {
  return text.trim() === "" ? null : (JSON.parse(text) as unknown);
}

function textOrNull(text: string): string | null {
  return text.trim() === "" ? null : text.trim();
}

const isJson = (text: string): string | null => {
  try {
    parsed(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : "Not valid JSON.";
  }
};

async function save(values: Values, type: EventType | undefined): Promise<unknown> {
  const fields = {
    description: values.description,
    schema: parsed(values.schema),
    example: parsed(values.example),
    schema_check: values.schema_check,
    group_name: textOrNull(values.group_name),
    feature_flag: textOrNull(values.feature_flag),
    is_deprecated: values.is_deprecated,
  };
  return type === undefined
    ? insertRow("webhook_event_types", { name: values.name.trim(), ...fields })
    : updateRow("webhook_event_types", ["name", type.name], fields);
}

export function EditEventType(props: { readonly label: string; readonly type?: EventType }) {
  const { type, label } = props;
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant={type === undefined ? "filled" : "default"} onClick={open}>
        {label}
      </Button>
      <Modal opened={isOpen} onClose={close} title={type?.name ?? "Add an event type"} size="xl">
        <EventTypeForm type={type} onSaved={close} />
      </Modal>
    </>
  );
}

function EventTypeForm(props: {
  readonly type: EventType | undefined;
  readonly onSaved: () => void;
}) {
  const { type } = props;
  const queryClient = useQueryClient();
  const form = useForm<Values>({
    initialValues: {
      name: type?.name ?? "",
      description: type?.description ?? "",
      schema: pretty(type?.schema),
      example: pretty(type?.example),
      schema_check: type?.schema_check ?? "refuse",
      group_name: type?.group_name ?? "",
      feature_flag: type?.feature_flag ?? "",
      is_deprecated: type?.is_deprecated ?? false,
    },
    validate: { schema: isJson, example: isJson },
  });
  const change = useMutation({
    mutationFn: (values: Values) => save(values, type),
    onSuccess: async () => {
      props.onSaved();
      await queryClient.invalidateQueries({ queryKey: ["event-types"] });
      await queryClient.invalidateQueries({ queryKey: ["first-steps"] });
    },
    onError: (error) => {
      const field = fieldOf(toApiError(error));
      if (field !== null) form.setFieldError(field, sentence(toApiError(error)));
    },
  });
  const isElsewhere = change.error !== null && fieldOf(toApiError(change.error)) === null;
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
      <Stack>
        <EventTypeFields form={form} isNew={type === undefined} />
        {isElsewhere ? <Failure error={change.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function EventTypeFields(props: {
  readonly form: UseFormReturnType<Values>;
  readonly isNew: boolean;
}) {
  const { form, isNew } = props;
  return (
    <>
      {isNew ? (
        <TextInput
          label="Name"
          description="Letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid"
          required
          {...form.getInputProps("name")}
        />
      ) : null}
      <Textarea label="Description" autosize {...form.getInputProps("description")} />
      <JsonInput
        label="Example of an event's data"
        autosize
        minRows={4}
        maxRows={14}
        {...form.getInputProps("example")}
      />
      <JsonInput
        label="JSON Schema of an event's data"
        autosize
        minRows={4}
        maxRows={14}
        {...form.getInputProps("schema")}
      />
      <Select
        label="If data does not match the schema"
        data={[
          { value: "refuse", label: "Reject the event" },
          { value: "warn", label: "Accept the event with a warning" },
        ]}
        allowDeselect={false}
        {...form.getInputProps("schema_check")}
      />
      <Group grow align="flex-start">
        <TextInput
          label="Group"
          description="Endpoints can subscribe to a whole group."
          {...form.getInputProps("group_name")}
        />
        <TextInput
          label="Feature flag"
          description="Only orgs with this flag see the type. Empty: all orgs."
          {...form.getInputProps("feature_flag")}
        />
      </Group>
      <Checkbox
        label="Deprecated: still delivered, but marked for customers"
        {...form.getInputProps("is_deprecated", { type: "checkbox" })}
      />
    </>
  );
}
