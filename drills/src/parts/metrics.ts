/** Reads a node's metrics. */
import { adminKey, type Node } from "./node.ts";

/**
 * Reads a metric that has no labels.
 * @returns NaN if the metric does not exist.
 */
export async function metricOf({ url }: Node, name: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { apikey: adminKey } });
  const line = (await answer.text()).split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ")[1] ?? Number.NaN);
}
