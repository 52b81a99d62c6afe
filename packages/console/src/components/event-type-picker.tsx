/**
 * Chooses the event types of an endpoint: all, or some types of the catalogue, which it shows with
 * their descriptions.
 */
import {
  Button,
  Checkbox,
  Collapse,
  Group,
  Paper,
  Radio,
  ScrollArea,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { eventTypesQuery } from "../api/queries.ts";
import type { EventType } from "../api/types.ts";
import { CodeBlock } from "./code.tsx";
import { Failure, Loading } from "./states.tsx";

export interface EventTypePickerProps {
  /** Null for all types, including future ones. */
  readonly value: readonly string[] | null;
  readonly onChange: (value: string[] | null) => void;
  readonly error?: string | null;
}

export function EventTypePicker({ value, onChange, error }: EventTypePickerProps) {
  return (
    <Stack gap="xs">
      <Radio.Group
        label="Events"
        value={value === null ? "all" : "some"}
        onChange={(chosen) => onChange(chosen === "all" ? null : [])}
        error={error}
      >
        <Stack gap={6} mt={4}>
          <Radio value="all" label="All events, also types that are added later" />
          <Radio value="some" label="Only these" />
        </Stack>
      </Radio.Group>
      {value === null ? null : <Choice value={value} onChange={onChange} />}
    </Stack>
  );
}

function Choice(props: {
  readonly value: readonly string[];
  readonly onChange: (value: string[]) => void;
}) {
  const types = useQuery(eventTypesQuery);
  const [search, setSearch] = useState("");
  if (types.error !== null)
    return <Failure error={types.error} onRetry={() => void types.refetch()} />;
  if (types.data === undefined) return <Loading rows={3} />;
  const names = props.value.filter((each) => !isRule(each));
  const rules = props.value.filter(isRule);
  const words = search.trim().toLowerCase();
  const found = types.data.filter(
    (type) =>
      words === "" ||
      type.name.toLowerCase().includes(words) ||
      type.description.toLowerCase().includes(words),
  );
  return (
    <Paper withBorder p="sm">
      <Stack gap="sm">
        <Group justify="space-between">
          <TextInput
            aria-label="Search event types"
            placeholder="Search event types"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          <Text size="sm" aria-live="polite">
            {props.value.length} chosen
          </Text>
        </Group>
        <TagsInput
          label="Wildcards and groups"
          description="For example order.*, * or @billing. They include types that are added later."
          data={rulesFor(types.data)}
          value={rules}
          onChange={(chosen) => props.onChange([...names, ...chosen])}
        />
        <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0 }}>
          <Checkbox.Group
            aria-label="Event types"
            value={names}
            onChange={(chosen) => props.onChange([...chosen, ...rules])}
          >
            <Stack gap="sm">
              {found.map((type) => (
                <Choosable key={type.name} type={type} />
              ))}
              {found.length === 0 ? <Text size="sm">No event type matches.</Text> : null}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
      </Stack>
    </Paper>
  );
}

/** True for wildcards and groups. Names of event types contain neither character. */
function isRule(text: string): boolean {
  return text.startsWith("@") || text.includes("*");
}

/** The wildcards and groups of the catalogue's types. */
function rulesFor(types: readonly EventType[]): string[] {
  const wildcards = types.flatMap(({ name }) => /^(.*[./: ])[^./: ]+$/.exec(name)?.[1] ?? []);
  const groups = types.flatMap(({ group_name }) => group_name ?? []);
  const rules = [...wildcards.map((each) => `${each}*`), ...groups.map((each) => `@${each}`)];
  return [...new Set(rules)].toSorted();
}

function Choosable({ type }: { readonly type: EventType }) {
  const [isOpen, { toggle }] = useDisclosure();
  return (
    <Stack gap={4}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Checkbox
          value={type.name}
          label={
            <span className="mono untrusted-text">
              {type.name}
              {type.is_deprecated ? " (deprecated)" : ""}
            </span>
          }
          description={<span className="untrusted-text">{type.description}</span>}
        />
        {type.example === null || type.example === undefined ? null : (
          <Button
            variant="subtle"
            size="compact-xs"
            onClick={toggle}
            aria-expanded={isOpen}
            aria-label={`Example of ${type.name}`}
          >
            Example
          </Button>
        )}
      </Group>
      <Collapse expanded={isOpen}>
        <CodeBlock text={JSON.stringify(type.example, null, 2)} label={`Example of ${type.name}`} />
      </Collapse>
    </Stack>
  );
}
