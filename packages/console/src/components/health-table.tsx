/** The endpoints behind the numbers of the overview. The rows add up to these numbers. */
import { SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { Result } from "../api/types.ts";
import { overviewLists, type OverviewSearch } from "../search.ts";
import { MiddleEllipsis } from "./middle-ellipsis.tsx";
import { orgLabel } from "./org-picker.tsx";
import { TextLink } from "./page.tsx";
import { Empty } from "./states.tsx";
import { EndpointStatus } from "./status.tsx";
import { Time } from "./time.tsx";
import { destinationOf } from "../copy/destination.ts";

type Row = Result<"endpoint_health">[number];
type Show = (typeof overviewLists)[number];

const rowsMax = 200;

const lists: Readonly<Record<Show, { readonly label: string; has(row: Row): boolean }>> = {
  all: { label: "All", has: () => true },
  failed: { label: "With failures", has: (row) => row.failed_attempts > 0 || row.dead_letters > 0 },
  due: { label: "With due deliveries", has: (row) => row.is_active && isPast(row.oldest_due_at) },
  off: { label: "Off", has: (row) => row.deleted_at === null && !row.is_active },
  current: { label: "Not deleted", has: (row) => row.deleted_at === null },
};

function isPast(at: string | null): boolean {
  return at !== null && Date.parse(at) <= Date.now();
}

export function HealthTable(props: {
  readonly rows: readonly Row[];
  /** The time range as text, e.g. "since 30 Nov, 10:00". */
  readonly range: string;
  readonly since: string;
  readonly search: OverviewSearch;
}) {
  const { rows, range, since, search } = props;
  const navigate = useNavigate();
  const show = search.show ?? "all";
  const shown = rows.filter((row) => lists[show].has(row));
  return (
    <Stack gap="sm">
      <div className="scroll-x">
        <SegmentedControl
          size="xs"
          data={overviewLists.map((value) => ({ value, label: lists[value].label }))}
          value={show}
          onChange={(value) => {
            const chosen = overviewLists.find((each) => each === value) ?? "all";
            void navigate({ to: "/overview", search: { ...search, show: chosen } });
          }}
          aria-label="Which endpoints"
        />
      </div>
      {shown.length === 0 ? (
        <Empty title="No endpoints">
          {show === "all" ? "No org has an endpoint yet." : `None ${range} is in this list.`}
        </Empty>
      ) : (
        <Rows rows={shown} range={range} since={since} />
      )}
      {rows.length === rowsMax ? (
        <Text size="sm">The list shows the {rowsMax} endpoints with the most failures.</Text>
      ) : null}
    </Stack>
  );
}

function Rows(props: {
  readonly rows: readonly Row[];
  readonly range: string;
  readonly since: string;
}) {
  return (
    <Table className="cards" layout="fixed" aria-label="Endpoints">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Endpoint</Table.Th>
          <Table.Th w={110}>Org</Table.Th>
          <Table.Th w={95}>State</Table.Th>
          <Table.Th w={125}>
            Failed attempts
            <RangeNote range={props.range} />
          </Table.Th>
          <Table.Th w={125}>
            New dead letters
            <RangeNote range={props.range} />
          </Table.Th>
          <Table.Th w={168}>
            Last delivered
            <RangeNote range={props.range} />
          </Table.Th>
          <Table.Th w={168}>
            Oldest due
            <RangeNote range="now" />
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.rows.map((row) => (
          <HealthRow key={row.endpoint_id} row={row} range={props.range} since={props.since} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function RangeNote({ range }: { readonly range: string }) {
  return (
    <Text size="xs" c="dimmed" fw={400}>
      {range}
    </Text>
  );
}

function HealthRow(props: { readonly row: Row; readonly range: string; readonly since: string }) {
  const { row, range, since } = props;
  const { org_id: orgId, endpoint_id: endpointId } = row;
  const isDeleted = row.deleted_at !== null;
  const endpoint = {
    to: "/orgs/$orgId/endpoints/$endpointId",
    params: { orgId, endpointId },
  } as const;
  return (
    <Table.Tr>
      <Table.Td data-label="Endpoint">
        <TextLink {...endpoint}>
          <MiddleEllipsis text={destinationOf(row)} />
        </TextLink>
      </Table.Td>
      <Table.Td data-label="Org">
        <TextLink to="/orgs/$orgId/endpoints" params={{ orgId }}>
          <span className="truncate untrusted-text">{orgLabel(orgId, row.org_name)}</span>
        </TextLink>
      </Table.Td>
      <Table.Td data-label="State">
        <EndpointStatus
          isActive={row.is_active}
          failingSince={row.failing_since}
          isDeleted={isDeleted}
        />
      </Table.Td>
      <Table.Td data-label={`Failed attempts, ${range}`}>
        {row.failed_attempts === 0 ? (
          `0 of ${row.attempts.toLocaleString()}`
        ) : (
          <TextLink {...endpoint} search={{ tab: "attempts", since }}>
            {row.failed_attempts.toLocaleString()} of {row.attempts.toLocaleString()}
          </TextLink>
        )}
      </Table.Td>
      <Table.Td data-label={`New dead letters, ${range}`}>
        <TextLink
          to="/orgs/$orgId/deliveries"
          params={{ orgId }}
          search={{ endpoint: endpointId, status: "failed", failed_since: since }}
        >
          {row.dead_letters.toLocaleString()}
        </TextLink>
      </Table.Td>
      <Table.Td data-label="Last delivered">
        <Time at={row.last_delivered_at} />
      </Table.Td>
      <Table.Td data-label="Oldest due">
        <Time at={isDeleted || !isPast(row.oldest_due_at) ? null : row.oldest_due_at} />
      </Table.Td>
    </Table.Tr>
  );
}
