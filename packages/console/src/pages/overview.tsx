/** The operator's first page: the health of all orgs together. */
import { Paper, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import { summaryQuery, type Summary } from "../api/queries.ts";
import { FirstSteps } from "../components/first-steps.tsx";
import { HealthTable } from "../components/health-table.tsx";
import { Page, Section, TextLink } from "../components/page.tsx";
import { Failure, Loading } from "../components/states.tsx";
import { fromNow, shortTime } from "../components/time.tsx";
import { counted } from "../copy/numbers.ts";
import { overviewHours, type OverviewSearch } from "../search.ts";

// Loaded on demand: charts are as large as the rest of the console.
const StatisticsCharts = lazy(() =>
  import("../components/charts.tsx").then((module) => ({ default: module.StatisticsCharts })),
);

const rangeLabels: Readonly<Record<(typeof overviewHours)[number], string>> = {
  1: "1 hour",
  6: "6 hours",
  24: "1 day",
  168: "7 days",
};

export function OverviewPage() {
  const search = useSearch({ from: "/shell/overview" });
  const navigate = useNavigate();
  const hours = search.hours ?? 6;
  const summary = useQuery(summaryQuery(hours));
  const range = (
    <SegmentedControl
      size="xs"
      data={overviewHours.map((each) => ({ value: String(each), label: rangeLabels[each] }))}
      value={String(hours)}
      onChange={(value) => {
        const chosen = overviewHours.find((each) => String(each) === value);
        void navigate({
          to: "/overview",
          search: { ...search, ...(chosen === undefined ? {} : { hours: chosen }) },
        });
      }}
      aria-label="Time range"
    />
  );
  return (
    <Page title="Overview" lead={leadOf(summary.data)} actions={range}>
      <FirstSteps />
      {summary.error === null ? null : (
        <Failure error={summary.error} onRetry={() => void summary.refetch()} />
      )}
      {summary.data === undefined ? (
        summary.error === null ? (
          <Loading rows={10} />
        ) : null
      ) : (
        <Health summary={summary.data} search={search} />
      )}
    </Page>
  );
}

/** Says what the numbers count: a range starts at a whole minute or hour. */
function leadOf(summary: Summary | undefined): string {
  if (summary === undefined) return "All orgs.";
  const nodes = summary.now.nodes;
  return (
    `All orgs, live. ${counted(nodes, "node")} ${nodes === 1 ? "is" : "are"} running. ` +
    `Numbers count from ${shortTime(summary.since)} until now.`
  );
}

function Health(props: { readonly summary: Summary; readonly search: OverviewSearch }) {
  const { summary, search } = props;
  const range = `since ${shortTime(summary.since)}`;
  return (
    <>
      <Tiles summary={summary} range={range} search={search} />
      <Suspense fallback={<Loading rows={6} />}>
        <StatisticsCharts rows={summary.points} range={range} />
      </Suspense>
      <Section title="Endpoints" id="endpoints">
        <HealthTable rows={summary.endpoints} range={range} since={summary.since} search={search} />
      </Section>
    </>
  );
}

function Tiles(props: {
  readonly summary: Summary;
  readonly range: string;
  readonly search: OverviewSearch;
}) {
  const { range, search } = props;
  const { now, points } = props.summary;
  const sum = (name: "attempts" | "failed_attempts" | "dead_letters"): number =>
    points.reduce((total, point) => total + point[name], 0);
  const listed = (show: OverviewSearch["show"]) => {
    const { show: _, ...rest } = search;
    return { to: "/overview", hash: "endpoints", search: show ? { ...rest, show } : rest } as const;
  };
  const oldest = now.oldest_due_at === null ? "" : `, the oldest ${fromNow(now.oldest_due_at)}`;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      <Tile value={sum("attempts").toLocaleString()} range={range}>
        <TextLink {...listed(undefined)}>Attempts</TextLink>
      </Tile>
      <Tile value={sum("failed_attempts").toLocaleString()} range={range}>
        <TextLink {...listed("failed")}>Failed attempts</TextLink>
      </Tile>
      <Tile value={sum("dead_letters").toLocaleString()} range={range}>
        <TextLink {...listed("failed")}>New dead letters</TextLink>
      </Tile>
      <Tile value={atLeast(now.dead_letters, now.dead_letters_is_bounded)} range="now">
        <TextLink to="/dead-letters">Dead letters</TextLink>
      </Tile>
      <Tile
        value={atLeast(now.deliveries_due, now.deliveries_due_is_bounded)}
        range={`now${oldest}`}
      >
        <TextLink {...listed("due")}>Due deliveries</TextLink>
      </Tile>
      <Tile
        value={(now.endpoints_active + now.endpoints_inactive).toLocaleString()}
        range={statesOf(now)}
      >
        <TextLink {...listed("current")}>Endpoints</TextLink>
      </Tile>
    </SimpleGrid>
  );
}

function atLeast(count: number, isBounded: boolean): string {
  return `${count.toLocaleString()}${isBounded ? " or more" : ""}`;
}

/** e.g. "now: 3 active, 1 failing, 2 off". */
function statesOf(now: Summary["now"]): string {
  const states = [
    [now.endpoints_active - now.endpoints_failing, "active"],
    [now.endpoints_failing, "failing"],
    [now.endpoints_inactive, "off"],
  ] as const;
  const present = states.filter(([count], index) => count > 0 || index === 0);
  return `now: ${present.map(([count, state]) => `${count.toLocaleString()} ${state}`).join(", ")}`;
}

function Tile(props: {
  readonly value: string;
  readonly range: string;
  readonly children: ReactNode;
}) {
  return (
    <Paper withBorder p="sm">
      <Stack gap={0}>
        <Text size="sm" component="div">
          {props.children}
        </Text>
        <Text fz={24} fw={600} lh={1.3}>
          {props.value}
        </Text>
        <Text size="xs" c="dimmed">
          {props.range}
        </Text>
      </Stack>
    </Paper>
  );
}
