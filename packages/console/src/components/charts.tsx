/** Charts of attempts over time, and the same numbers as a table for screen readers. */
import { BarChart, LineChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { SimpleGrid, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { Result } from "../api/types.ts";
import { barsOf, ticksOf, tickText } from "../copy/chart-times.ts";
import { counted } from "../copy/numbers.ts";
import { duration, localTime, shortTime } from "./time.tsx";

type Rows = Result<"delivery_statistics">;

const height = 240;

/** @param range the time range as text, e.g. "since 30 Nov, 10:00". */
export function StatisticsCharts({ rows, range }: { readonly rows: Rows; readonly range: string }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
      <Outcomes rows={rows} range={range} />
      <Durations rows={rows} range={range} />
      <VisuallyHidden>
        <AsTable rows={rows} />
      </VisuallyHidden>
    </SimpleGrid>
  );
}

/** @param labelOf the label of what is pointed at. */
const axisOf = (times: readonly string[], labelOf: (at: string) => string) => ({
  dataKey: "at",
  gridAxis: "x" as const,
  tickLine: "none" as const,
  xAxisProps: {
    ticks: [...ticksOf(times)],
    // Labels that do not fit are left out at equal distances.
    interval: "equidistantPreserveStart" as const,
    minTickGap: 12,
    tickFormatter: (at: string) => tickText(at, times),
  },
  tooltipProps: {
    // The label is undefined while the pointer is outside the chart.
    labelFormatter: (at: unknown) => (typeof at === "string" ? labelOf(at) : ""),
  },
});

function Outcomes({ rows, range }: { readonly rows: Rows; readonly range: string }) {
  const bars = barsOf(rows);
  const untilOf = new Map(bars.map(({ at, until }) => [at, until]));
  const attempts = rows.reduce((sum, row) => sum + row.attempts, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed_attempts, 0);
  // Chart bars are stacked in this order, the first series at the bottom.
  const series = [
    { name: "delivered", label: "Delivered", color: "green.6" },
    ...(failed > 0 ? [{ name: "failed", label: "Failed", color: "red.6" }] : []),
  ];
  return (
    <Stack gap={4} component="figure" m={0}>
      <Text component="figcaption" size="sm">
        <b>{counted(attempts, "attempt")}</b>, {failed.toLocaleString()} failed, {range}
      </Text>
      <BarChart
        h={height}
        data={[...bars]}
        type="stacked"
        withLegend
        series={series}
        maxBarWidth={24}
        barProps={{ isAnimationActive: false }}
        valueFormatter={(value) => value.toLocaleString()}
        yAxisProps={{ allowDecimals: false }}
        yAxisLabel="Attempts"
        {...axisOf(
          bars.map(({ at }) => at),
          (at) => `${shortTime(at)} to ${shortTime(untilOf.get(at) ?? at)}`,
        )}
      />
    </Stack>
  );
}

function Durations({ rows, range }: { readonly rows: Rows; readonly range: string }) {
  return (
    <Stack gap={4} component="figure" m={0}>
      <Text component="figcaption" size="sm">
        <b>Duration of an attempt</b>, {range}
      </Text>
      <LineChart
        h={height}
        data={[...rows]}
        dotProps={{ r: 1.5, strokeWidth: 1 }}
        connectNulls={false}
        withLegend
        curveType="linear"
        lineProps={{ isAnimationActive: false }}
        valueFormatter={(value) => duration(value)}
        yAxisLabel="Duration"
        yAxisProps={{
          width: 72,
          // A non-breaking space keeps the label on one line.
          tickFormatter: (value: number) => duration(value).replace(" ", "\u00A0"),
        }}
        series={[
          { name: "p50_ms", label: "p50", color: "blue.6" },
          { name: "p95_ms", label: "p95", color: "orange.7" },
          { name: "p99_ms", label: "p99", color: "grape.6" },
        ]}
        {...axisOf(
          rows.map(({ at }) => at),
          localTime,
        )}
      />
    </Stack>
  );
}

function AsTable({ rows }: { readonly rows: Rows }) {
  return (
    <table>
      <caption>Attempts over time</caption>
      <thead>
        <tr>
          <th>Time</th>
          <th>Delivered</th>
          <th>Failed</th>
          <th>p50</th>
          <th>p95</th>
          <th>p99</th>
        </tr>
      </thead>
      <tbody>
        {rows
          .filter((row) => row.attempts > 0)
          .map((row) => (
            <tr key={row.at}>
              <td>{localTime(row.at)}</td>
              <td>{row.delivered}</td>
              <td>{row.failed_attempts}</td>
              <td>{duration(row.p50_ms)}</td>
              <td>{duration(row.p95_ms)}</td>
              <td>{duration(row.p99_ms)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
