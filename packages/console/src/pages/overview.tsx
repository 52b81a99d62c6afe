/** The operator's first page: the health of all orgs together. */
import { Alert, Paper, SegmentedControl, SimpleGrid, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { callFunction } from "../api/client.ts";
import { functionQuery } from "../api/queries.ts";
import type { Result } from "../api/types.ts";
import { Page, Section, TextLink } from "../components/page.tsx";
import { Empty, Failure, Loading } from "../components/states.tsx";
import { EndpointStatus } from "../components/status.tsx";
import { fromNow, Time } from "../components/time.tsx";
import { destinationOf } from "../copy/destination.ts";

// Loaded on demand: charts are as large as the rest of the console.
const StatisticsCharts = lazy(() =>
  import("../components/charts.tsx").then((module) => ({ default: module.StatisticsCharts })),
);

const refetchMs = 10_000;
const hourMs = 3_600_000;
/** Longer ranges are drawn by the hour. */
const hoursInMinutes = 6;
const ranges = [
  { value: "1", label: "1 hour" },
  { value: "6", label: "6 hours" },
  { value: "24", label: "1 day" },
  { value: "168", label: "7 days" },
];

export function OverviewPage() {
  return (
    <Page title="Overview">
      <Numbers />
      <Rates />
      <Section title="Endpoints that fail">
        <FailingEndpoints />
      </Section>
    </Page>
  );
}

function Numbers() {
  const overview = useQuery(functionQuery("overview", {}, refetchMs));
  if (overview.error !== null) {
    return <Failure error={overview.error} onRetry={() => void overview.refetch()} />;
  }
  if (overview.data === undefined) return <Loading rows={2} />;
  const {
    oldest_due_at,
    deliveries_due,
    deliveries_due_is_bounded,
    dead_letters,
    dead_letters_is_bounded,
    endpoints_active,
    endpoints_inactive,
    nodes,
  } = overview.data;
  const atLeast = (count: number, isBounded: boolean): string =>
    `${count.toLocaleString()}${isBounded ? " or more" : ""}`;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }}>
      <Tile
        name="Oldest due delivery"
        value={oldest_due_at === null ? "none waits" : fromNow(oldest_due_at)}
      />
      <Tile name="Due now" value={atLeast(deliveries_due, deliveries_due_is_bounded)} />
      <Tile name="Dead letters" value={atLeast(dead_letters, dead_letters_is_bounded)} />
      <Tile
        name="Endpoints"
        value={`${endpoints_active.toLocaleString()} on, ${endpoints_inactive.toLocaleString()} off`}
      />
      <Tile name="Nodes" value={String(nodes)} />
    </SimpleGrid>
  );
}

function Tile({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <Paper withBorder p="md">
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="lg" fw={600}>
        {value}
      </Text>
    </Paper>
  );
}

function Rates() {
  const [hours, setHours] = useState("6");
  const statistics = useQuery({
    queryKey: ["delivery_statistics", hours],
    refetchInterval: refetchMs,
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - Number(hours) * hourMs).toISOString();
      const resolution_seconds = Number(hours) <= hoursInMinutes ? 60 : 3_600;
      return callFunction("delivery_statistics", { since, resolution_seconds }, signal);
    },
  });
  return (
    <Section
      title="Attempts"
      actions={
        <SegmentedControl
          size="xs"
          data={ranges}
          value={hours}
          onChange={setHours}
          aria-label="Time range"
        />
      }
    >
      {statistics.error === null ? null : (
        <Failure error={statistics.error} onRetry={() => void statistics.refetch()} />
      )}
      {statistics.data === undefined ? (
        <Loading rows={6} />
      ) : (
        <Suspense fallback={<Loading rows={6} />}>
          <StatisticsCharts rows={statistics.data} />
        </Suspense>
      )}
    </Section>
  );
}

function FailingEndpoints() {
  const health = useQuery(functionQuery("endpoint_health", {}, refetchMs));
  if (health.error !== null) {
    return <Failure error={health.error} onRetry={() => void health.refetch()} />;
  }
  if (health.data === undefined) return <Loading rows={4} />;
  const failing = health.data.filter(
    (each) => each.failed_attempts > 0 || each.inactive_reason !== null,
  );
  if (failing.length === 0) {
    return <Empty title="None">No endpoint failed in the last day.</Empty>;
  }
  return <HealthTable rows={failing} />;
}

function HealthTable({ rows }: { readonly rows: Result<"endpoint_health"> }) {
  return (
    <>
      <Table.ScrollContainer minWidth={720}>
        <Table verticalSpacing="xs" aria-label="Endpoints that fail">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Endpoint</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Failed attempts</Table.Th>
              <Table.Th>Dead letters</Table.Th>
              <Table.Th>Last delivered</Table.Th>
              <Table.Th>Oldest due</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.endpoint_id}>
                <Table.Td>
                  <TextLink
                    to="/orgs/$orgId/endpoints/$endpointId"
                    params={{ orgId: row.org_id, endpointId: row.endpoint_id }}
                    className="untrusted-text"
                  >
                    {destinationOf(row)}
                  </TextLink>
                </Table.Td>
                <Table.Td>
                  <EndpointStatus isActive={row.is_active} />
                </Table.Td>
                <Table.Td>
                  {row.failed_attempts.toLocaleString()} of {row.attempts.toLocaleString()}
                </Table.Td>
                <Table.Td>{row.dead_letters.toLocaleString()}</Table.Td>
                <Table.Td>
                  <Time at={row.last_delivered_at} />
                </Table.Td>
                <Table.Td>
                  <Time at={row.oldest_due_at} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows.length === 200 ? <Alert variant="light">The worst 200 are shown.</Alert> : null}
    </>
  );
}
