/** Replays a range of an endpoint's deliveries: dry run, start, progress, cancel. */
import { Button, Group, Progress, Select, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { DateTimePicker } from "@mantine/dates";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { callFunction } from "../api/client.ts";
import { useMayChange } from "../api/context.tsx";
import { eventTypesQuery, replaysQuery } from "../api/queries.ts";
import type { Arguments, Endpoint, Replay } from "../api/types.ts";
import { counted } from "../copy/numbers.ts";
import { Section } from "./page.tsx";
import { Empty, Failure, Loading } from "./states.tsx";
import { Time } from "./time.tsx";

const statuses = [
  { value: "failed", label: "Failed (dead letters)" },
  { value: "missed", label: "Missed: never sent, for example while it was off" },
  { value: "delivered", label: "Delivered: send them again" },
  { value: "cancelled", label: "Cancelled" },
];

interface Range {
  readonly status: string;
  /** Times in the format of the date picker: local time, without a zone. */
  readonly since: string | null;
  readonly until: string | null;
  readonly type: string | null;
}

export function Replays(props: { readonly endpoint: Endpoint; readonly orgId: string }) {
  const mayChange = useMayChange();
  const replays = useQuery(replaysQuery(props.endpoint.id));
  return (
    <Stack gap="xl" maw={820}>
      {mayChange ? <NewReplay endpoint={props.endpoint} /> : null}
      <Section title="Replays">
        {replays.isPending ? <Loading rows={3} /> : null}
        {replays.error === null ? null : (
          <Failure error={replays.error} onRetry={() => void replays.refetch()} />
        )}
        {replays.data?.length === 0 ? (
          <Empty title="No replays yet">When you start a replay, its progress appears here.</Empty>
        ) : null}
        {replays.data !== undefined && replays.data.length > 0 ? (
          <ReplayTable replays={replays.data} mayChange={mayChange} />
        ) : null}
      </Section>
    </Stack>
  );
}

function argumentsOf(endpointId: string, range: Range): Arguments<"replay"> {
  return {
    endpoint_id: endpointId,
    status: range.status,
    ...(range.since === null ? {} : { since: new Date(range.since).toISOString() }),
    ...(range.until === null ? {} : { until: new Date(range.until).toISOString() }),
    ...(range.type === null ? {} : { event_type: range.type }),
  };
}

const typingMs = 300;

function NewReplay({ endpoint }: { readonly endpoint: Endpoint }) {
  const queryClient = useQueryClient();
  const [range, setRange] = useState<Range>({
    status: "failed",
    since: null,
    until: null,
    type: null,
  });
  const [settled] = useDebouncedValue(range, typingMs);
  const given = argumentsOf(endpoint.id, settled);
  const preview = useQuery({
    queryKey: ["replay-preview", given],
    staleTime: 0,
    queryFn: ({ signal }) => callFunction("replay", { ...given, dry_run: true }, signal),
  });
  const start = useMutation({
    mutationFn: () => callFunction("replay", argumentsOf(endpoint.id, range)),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["replays", endpoint.id] });
      await queryClient.invalidateQueries({ queryKey: ["replay-preview"] });
    },
  });
  const total = preview.data?.total;
  return (
    <Section title="Send again">
      <RangeFields range={range} onChange={setRange} />
      {preview.error === null ? null : <Failure error={preview.error} />}
      {start.error === null ? null : <Failure error={start.error} />}
      <Group>
        <Button
          onClick={() => start.mutate()}
          loading={start.isPending}
          disabled={total === undefined || total === 0 || settled !== range}
        >
          {typeof total !== "number" || total === 0 ? "Replay" : `Replay ${total.toLocaleString()}`}
        </Button>
        <Text size="sm" role="status">
          {preview.isFetching || total === undefined ? "Counting…" : inRange(total)}
        </Text>
      </Group>
    </Section>
  );
}

function RangeFields(props: { readonly range: Range; readonly onChange: (range: Range) => void }) {
  const { range, onChange } = props;
  const types = useQuery(eventTypesQuery);
  return (
    <Stack gap="sm">
      <Group grow>
        <Select
          label="Which"
          data={statuses}
          value={range.status}
          allowDeselect={false}
          onChange={(status) => onChange({ ...range, status: status ?? "failed" })}
        />
        <Select
          label="Event type"
          placeholder="All"
          data={(types.data ?? []).map((type) => type.name)}
          searchable
          clearable
          clearButtonProps={{ "aria-label": "All event types" }}
          value={range.type}
          onChange={(type) => onChange({ ...range, type })}
        />
      </Group>
      <Group grow>
        <DateTimePicker
          label="From"
          placeholder="The beginning"
          clearable
          clearButtonProps={{ "aria-label": "From the beginning" }}
          value={range.since}
          onChange={(since) => onChange({ ...range, since })}
        />
        <DateTimePicker
          label="Until"
          placeholder="Now"
          clearable
          clearButtonProps={{ "aria-label": "Until now" }}
          value={range.until}
          onChange={(until) => onChange({ ...range, until })}
        />
      </Group>
    </Stack>
  );
}

function ReplayTable(props: { readonly replays: readonly Replay[]; readonly mayChange: boolean }) {
  return (
    <Table verticalSpacing="sm" className="cards" layout="fixed" aria-label="Replays">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={160}>Started</Table.Th>
          <Table.Th>Deliveries</Table.Th>
          <Table.Th>Progress</Table.Th>
          <Table.Th w={110}>State</Table.Th>
          <Table.Th w={100}>
            <VisuallyHidden>Actions</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.replays.map((replay) => (
          <ReplayRow key={replay.id} replay={replay} mayChange={props.mayChange} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** @param total null if there are too many to count. */
function inRange(total: number | null): string {
  if (total === null) return "Too many deliveries in this range to count.";
  return `${counted(total, "delivery", "deliveries")} in this range.`;
}

function ReplayRow({ replay, mayChange }: { replay: Replay; mayChange: boolean }) {
  const queryClient = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => callFunction("cancel_replay", { replay_id: replay.id }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["replays", replay.endpoint_id] }),
  });
  const share = replay.total === 0 ? 100 : (100 * replay.replayed) / (replay.total ?? Infinity);
  return (
    <Table.Tr>
      <Table.Td data-label="Started">
        <Time at={replay.created_at} />
      </Table.Td>
      <Table.Td data-label="Deliveries">
        {replay.status}
        {replay.event_type === null ? "" : `, ${replay.event_type}`}
      </Table.Td>
      <Table.Td data-label="Progress">
        <Stack gap={2}>
          <Progress value={Math.min(100, share)} aria-label="Progress of the replay" />
          <Text size="xs">
            {replay.replayed.toLocaleString()} of {replay.total?.toLocaleString() ?? "very many"}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td data-label="State">{replay.state}</Table.Td>
      <Table.Td>
        {replay.state === "running" && mayChange ? (
          <Button size="compact-sm" variant="default" onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        ) : null}
        {cancel.error === null ? null : <Failure error={cancel.error} />}
      </Table.Td>
    </Table.Tr>
  );
}
