/** The fields of an endpoint, to create or to change it. */
import {
  Accordion,
  ActionIcon,
  Button,
  Group,
  JsonInput,
  NumberInput,
  Select,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { contractsQuery, orgQuery } from "../api/queries.ts";
import type { EndpointValues } from "./endpoint-values.ts";
import { EventTypePicker } from "./event-type-picker.tsx";
import { TransformationField } from "./transformation-field.tsx";
import { UrlInput } from "./url-input.tsx";

type EndpointForm = UseFormReturnType<EndpointValues>;

interface EndpointFieldsProps {
  readonly form: EndpointForm;
  readonly orgId: string;
}

/** The fields in the part that is closed at first. */
const hiddenFields = [
  "contract",
  "headers",
  "in_flight_max",
  "rate_per_second",
  "retry_schedule",
  "timeout_seconds",
  "final_statuses",
] as const;

export function EndpointFields({ form, orgId }: EndpointFieldsProps) {
  const hasHiddenError = hiddenFields.some((name) => form.errors[name] !== undefined);
  return (
    <Stack>
      {form.values.url === null ? (
        <Text size="sm">Events go to a terminal that runs posthorn listen.</Text>
      ) : (
        <UrlInput {...form.getInputProps("url")} />
      )}
      <TextInput
        label="Description"
        description="For example, the system that receives the events."
        maxLength={1_000}
        {...form.getInputProps("description")}
      />
      <EventTypePicker
        value={form.values.events}
        onChange={(events) => form.setFieldValue("events", events)}
        error={form.errors["events"] as string | undefined}
      />
      <TagsInput
        label="Channels"
        description="Only events on one of these channels. Empty: events with and without channels."
        placeholder={form.values.channels.length === 0 ? "Every event" : ""}
        maxTags={10}
        clearable
        clearButtonProps={{ "aria-label": "Remove all channels" }}
        {...form.getInputProps("channels")}
      />
      <JsonInput
        label="Filter"
        description='Only events whose data matches, e.g. {"amount":{"$gt":10}}. Empty: every event.'
        autosize
        minRows={1}
        maxRows={14}
        {...form.getInputProps("filter")}
      />
      <TransformationField {...form.getInputProps("transformation")} />
      <Accordion
        variant="contained"
        defaultValue={hasHiddenError ? "more" : null}
        key={String(hasHiddenError)}
      >
        <Accordion.Item value="more">
          <Accordion.Control>Contract, headers, limits and retries</Accordion.Control>
          <Accordion.Panel>
            <Stack>
              <ContractSelect form={form} orgId={orgId} />
              <HeaderFields form={form} />
              <LimitFields form={form} />
              <RetryFields form={form} />
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

function ContractSelect({ form, orgId }: EndpointFieldsProps) {
  const contracts = useQuery(contractsQuery);
  const org = useQuery(orgQuery(orgId));
  const offered = org.data?.contracts ?? null;
  const [first] = offered ?? [];
  // An endpoint keeps a contract that is no longer offered, so its form shows it.
  const { contract: current } = form.getInitialValues();
  const isShown = (name: string): boolean =>
    offered === null || offered.includes(name) || name === current;
  const options = (contracts.data ?? [])
    .filter(({ name }) => isShown(name))
    .map(({ name, title }) => ({ value: name, label: title }));
  if (current !== null && !options.some(({ value }) => value === current)) {
    options.push({ value: current, label: current });
  }
  const chosen = contracts.data?.find((each) => each.name === form.values.contract);
  return (
    <Select
      label="Contract"
      description={
        chosen?.description ??
        "What the body, headers and signature look like, and when it retries."
      }
      placeholder={options.find(({ value }) => value === first)?.label ?? "Default"}
      data={options}
      clearable
      clearButtonProps={{ "aria-label": "Use the platform's usual contract" }}
      {...form.getInputProps("contract")}
    />
  );
}

function HeaderFields({ form }: { readonly form: EndpointForm }) {
  return (
    <Stack gap="xs" role="group" aria-label="Custom headers">
      <Text size="sm" fw={500}>
        Custom headers
      </Text>
      <Text size="xs" c="dimmed">
        Sent with every delivery, e.g. to authorise at a gateway.
      </Text>
      {form.values.headers.map((_, index) => (
        // The index is the rows' only identity.
        // oxlint-disable-next-line react/no-array-index-key
        <Group key={index} wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={`Name of header ${index + 1}`}
            placeholder="Name"
            {...form.getInputProps(`headers.${index}.name`)}
          />
          <TextInput
            aria-label={`Value of header ${index + 1}`}
            placeholder="Value"
            flex={1}
            {...form.getInputProps(`headers.${index}.value`)}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove header ${index + 1}`}
            onClick={() => form.removeListItem("headers", index)}
          >
            <Trash2 size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      {form.errors["headers"] === undefined ? null : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {form.errors["headers"]}
        </Text>
      )}
      <Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<Plus size={14} aria-hidden />}
          onClick={() => form.insertListItem("headers", { name: "", value: "" })}
        >
          Add a header
        </Button>
      </Group>
    </Stack>
  );
}

function LimitFields({ form }: { readonly form: EndpointForm }) {
  return (
    <Group grow align="flex-start">
      <NumberInput
        label="Max concurrency"
        description="Requests in progress at the same time, 1 to 256."
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps("in_flight_max")}
      />
      <NumberInput
        label="Rate limit"
        description="Requests per second, 1 to 10,000. Empty: no limit."
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps("rate_per_second")}
      />
    </Group>
  );
}

function RetryFields({ form }: { readonly form: EndpointForm }) {
  return (
    <Stack>
      <Group grow align="flex-start">
        <TextInput
          label="Retry schedule"
          description="The delay before each attempt. Empty: the contract's."
          placeholder="0s,1m,1h then every 8h until 3d"
          {...form.getInputProps("retry_schedule")}
        />
        <NumberInput
          label="Timeout"
          description="Seconds for an attempt, 1 to 30. Empty: the contract's."
          allowDecimal={false}
          allowNegative={false}
          {...form.getInputProps("timeout_seconds")}
        />
      </Group>
      <TagsInput
        label="No retry after"
        description="Statuses that end the retries, or ranges such as 400-499."
        maxTags={50}
        clearable
        clearButtonProps={{ "aria-label": "Remove all statuses" }}
        {...form.getInputProps("final_statuses")}
      />
    </Stack>
  );
}
