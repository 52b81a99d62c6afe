/**
 * Draws bench/senders/senders.svg, the chart in the README, from senders.json in the same folder.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { barChart } from "../bench/dist/report/chart.js";

const results = path.resolve(import.meta.dirname, "../bench/senders");
const { measuredOn, unit, senders } = JSON.parse(
  await readFile(path.join(results, "senders.json"), "utf8"),
);
const chart = barChart({
  title: `Webhook deliveries a second, ${measuredOn}`,
  unit,
  bars: senders.map(({ name, deliveriesPerSecond }) => ({
    label: name,
    value: deliveriesPerSecond,
  })),
});
await writeFile(path.join(results, "senders.svg"), chart);
