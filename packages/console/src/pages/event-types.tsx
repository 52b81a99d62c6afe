/** The catalogue of event types: everybody can read it, the operator can change it. */
import {
  Accordion,
  Button,
  Group,
  JsonInput,
  Modal,
  Select,
  Stack,
  Tabs,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm, type UseFormReturnType } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteRow, insertRow, updateRow } from "../api/client.ts";
import { useSession } from "../api/context.tsx";
import { fieldOf, sentence, toApiError } from "../api/errors.ts";
import { eventTypesQuery } from "../api/queries.ts";
import type { EventType } from "../api/types.ts";
import { CodeBlock, CopyText } from "../components/code.tsx";
import { ConfirmButton } from "../components/confirm.tsx";
import { Page } from "../components/page.tsx";
import { pretty } from "../copy/json-text.ts";
import { Empty, Failure, Loading } from "../components/states.tsx";

export function EventTypesPage() {
  const { session } = useSession();
  const mayChange = session.kind === "admin";
  const types = useQuery(eventTypesQuery);
  const [search, setSearch] = useState("");
  const words = search.trim().toLowerCase();
  const found = (types.data ?? []).filter(
    ({ name, description }) =>
      name.toLowerCase().includes(words) || description.toLowerCase().includes(words),
  );
  return (
    <Page
      title="Event types"
      lead="The events that endpoints can subscribe to, with their data."
      actions={mayChange ? <EditEventType label="Add event type" /> : null}
    >
      <TextInput
        aria-label="Search event types"
        placeholder="Search"
        maw={360}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      {types.isPending ? <Loading /> : null}
      {types.error === null ? null : (
        <Failure error={types.error} onRetry={() => void types.refetch()} />
      )}
      {types.data !== undefined && found.length === 0 ? (
        <Empty title={words === "" ? "No event types yet" : "No event types match"} />
      ) : null}
      <Accordion variant="separated">
        {found.map((type) => (
          <Accordion.Item key={type.name} value={type.name}>
            <Accordion.Control>
              <Text className="mono untrusted-text" fw={600} size="sm">
                {type.name}
              </Text>
              <Text size="sm" c="dimmed" className="untrusted-text">
                {type.description}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <TypeDetails type={type} mayChange={mayChange} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Page>
  );
}

function TypeDetails(props: { readonly type: EventType; readonly mayChange: boolean }) {
  const { type, mayChange } = props;
  const queryClient = useQueryClient();
  return (
    <Stack gap="sm">
      <Tabs defaultValue="example" keepMounted={false}>
        <Tabs.List aria-label={`Of ${type.name}`}>
          <Tabs.Tab value="example">Example</Tabs.Tab>
          <Tabs.Tab value="schema">JSON Schema</Tabs.Tab>
        </Tabs.List>
        {(["example", "schema"] as const).map((part) => (
          <Tabs.Panel key={part} value={part} pt="xs">
            {pretty(type[part]) === "" ? (
              <Text size="sm">None.</Text>
            ) : (
              <Stack gap="xs">
                <CodeBlock text={pretty(type[part])} label={`${part} of ${type.name}`} />
                <Group>
                  <CopyText value={pretty(type[part])} label="Copy" />
                </Group>
              </Stack>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
      {mayChange ? (
        <Group>
          <EditEventType label="Change" type={type} />
          <ConfirmButton
            label="Delete"
            title={`Delete ${type.name}?`}
            color="red"
            variant="subtle"
            action={() => deleteRow("webhook_event_types", ["name", type.name])}
            onDone={() => void queryClient.invalidateQueries({ queryKey: ["event-types"] })}
          >
            Events of this type can no longer be published.
          </ConfirmButton>
        </Group>
      ) : null}
    </Stack>
  );
}

interface Values {
  name: string;
  description: string;
  schema: string;
  example: string;
  schema_check: string;
}

function parsed(text: string): unknown {
  return text.trim() === "" ? null : (JSON.parse(text) as unknown);
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
  };
  return type === undefined
    ? insertRow("webhook_event_types", { name: values.name.trim(), ...fields })
    : updateRow("webhook_event_types", ["name", type.name], fields);
}

function EditEventType(props: { readonly label: string; readonly type?: EventType }) {
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
    </>
  );
}
