/** Charts of rates and latencies over time, and the same numbers as a table for screen readers. */
import { AreaChart, LineChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { SimpleGrid, Stack, Text, VisuallyHidden } from "@mantine/core";
import type { Result } from "../api/types.ts";
import { localTime } from "./time.tsx";

type Rows = Result<"delivery_statistics">;

const height = 220;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function StatisticsCharts({ rows }: { readonly rows: Rows }) {
  const data = rows.map((row) => ({
    ...row,
    label: clock.format(new Date(row.at)),
    delivered: row.delivered,
    failed: row.failed_attempts,
  }));
  const attempts = rows.reduce((sum, row) => sum + row.attempts, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed_attempts, 0);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Stack gap={4} component="figure" m={0}>
        <Text component="figcaption" size="sm">
          {attempts.toLocaleString()} attempts, {failed.toLocaleString()} of them failed
        </Text>
        <AreaChart
          h={height}
          data={data}
          dataKey="label"
          type="stacked"
          withDots={false}
          withLegend
          curveType="linear"
          series={[
            { name: "delivered", label: "Delivered", color: "green.7" },
            { name: "failed", label: "Failed", color: "red.7" },
          ]}
        />
      </Stack>
      <Stack gap={4} component="figure" m={0}>
        <Text component="figcaption" size="sm">
          How long an attempt takes, in milliseconds
        </Text>
        <LineChart
          h={height}
          data={data}
          dataKey="label"
          dotProps={{ r: 1.5, strokeWidth: 1 }}
          connectNulls={false}
          withLegend
          curveType="linear"
          series={[
            { name: "p50_ms", label: "half are faster", color: "blue.7" },
            { name: "p95_ms", label: "95 % are faster", color: "orange.8" },
            { name: "p99_ms", label: "99 % are faster", color: "grape.7" },
          ]}
        />
      </Stack>
      <VisuallyHidden>
        <AsTable rows={rows} />
      </VisuallyHidden>
    </SimpleGrid>
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
          <th>95 % faster than, ms</th>
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
              <td>{row.p95_ms ?? ""}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}
