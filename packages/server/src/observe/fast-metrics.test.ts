import { AggregatorRegistry, Counter, Histogram, Registry, type MetricObject } from "prom-client";
import { expect, test } from "vitest";
import { countByPair, histogramOf } from "./fast-metrics.ts";

const bounds = [0.001, 0.0025, 0.5, 10];
const values = [0, 0.001, 0.0011, 0.25, 0.5, 9.999, 10, 10.5, 4_000];

/** Records the same values with prom-client's metrics and with Posthorn's. */
async function both(): Promise<readonly [Registry, Registry]> {
  const [theirs, ours] = [new Registry(), new Registry()];
  const name = "took_seconds";
  const histogram = new Histogram({
    name,
    help: "How long.",
    buckets: [...bounds],
    registers: [theirs],
  });
  const observe = histogramOf({ name, help: "How long." }, bounds, ours);
  for (const value of values) {
    histogram.observe(value);
    observe(value);
  }
  const shape = { name: "done_total", help: "How many.", labelNames: ["contract", "status"] };
  const counter = new Counter({ ...shape, registers: [theirs] });
  const count = countByPair({ ...shape, registers: [ours] });
  for (const [contract, status] of [
    ["cda", "delivered"],
    ["cda", "failed"],
    ["svix", "delivered"],
    ["cda", "delivered"],
  ] as const) {
    counter.inc({ contract, status });
    count(contract, status);
  }
  return [theirs, ours];
}

test("a scrape equals the library's own metrics, and so does the next one", async () => {
  const [theirs, ours] = await both();
  expect(await ours.metrics()).toBe(await theirs.metrics());
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

test("metrics of several processes add up like the library's own", async () => {
  const [theirs, ours] = await both();
  const together = async (registry: Registry): Promise<string> => {
    const metrics = (await registry.getMetricsAsJSON()) as MetricObject[];
    return AggregatorRegistry.aggregate([metrics, metrics]).metrics();
  };
  const text = await together(ours);
  expect(text).toBe(await together(theirs));
  expect(text).toContain(`took_seconds_count ${2 * values.length}`);
});
