/**
 * Metrics that change at every attempt. They are plain numbers, which prom-client reads at each
 * scrape: its own counters hash their labels, and its histograms look up their buckets by name for
 * every value (docs/performance.md).
 */
import {
  Counter,
  type CounterConfiguration,
  type Histogram,
  type HistogramConfiguration,
  type Registry,
} from "prom-client";

/**
 * Creates a counter with two labels.
 * @returns a function that increments one of its values.
 */
export function countByPair(
  shape: CounterConfiguration<string>,
): (first: string, second: string) => void {
  const [firstLabel = "", secondLabel = ""] = shape.labelNames ?? [];
  const counts = new Map<string, Map<string, number>>();
  new Counter({
    ...shape,
    collect() {
      this.reset();
      for (const [first, bySecond] of counts) {
        for (const [second, count] of bySecond) {
          this.inc({ [firstLabel]: first, [secondLabel]: second }, count);
        }
      }
    },
  });
  return (first, second) => {
    let bySecond = counts.get(first);
    if (bySecond === undefined) {
      bySecond = new Map();
      counts.set(first, bySecond);
    }
    bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
  };
}

/**
 * Creates a histogram without labels.
 * @returns a function that records a value.
 */
export function histogramOf(
  { name, help, aggregator }: HistogramConfiguration<string>,
  bounds: readonly number[],
  registry: Registry,
): (value: number) => void {
  /** There is one more count than bounds, for values above the last bound. */
  const counts = [...bounds, Infinity].map(() => 0);
  let sum = 0;
  const get = async (): Promise<unknown> => {
    let count = 0;
    const buckets = counts.map((more, index) => {
      count += more;
      return {
        metricName: `${name}_bucket`,
        labels: { le: bounds[index] ?? "+Inf" },
        value: count,
      };
    });
    const whole = [
      { metricName: `${name}_sum`, labels: {}, value: sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
    return {
      name,
      help,
      type: "histogram",
      aggregator: aggregator ?? "sum",
      values: [...buckets, ...whole],
    };
  };
  // The cast is safe, because a scrape reads only these members of a metric.
  registry.registerMetric({ name, get } as unknown as Histogram);
  return (value) => {
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    counts[bucket] = (counts[bucket] as number) + 1;
    sum += value;
  };
}
