/** The alert rules and the Grafana dashboard use only metrics and labels that exist. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metricList } from "../packages/server/src/observe/metric-list.ts";
import { read } from "./deploy.ts";
import { root } from "./sources.ts";

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly Target[];
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
}
interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string }[] }[];
}

/** The labels that Prometheus itself adds, and the label of histogram buckets. */
const addedLabels = ["instance", "job", "le"];

/** The names of each metric that queries may use, with its labels. */
const known = new Map<string, readonly string[]>(
  Object.values(metricList).flatMap(({ name, type, labels }) =>
    type === "histogram"
      ? ["_bucket", "_sum", "_count"].map((suffix) => [`${name}${suffix}`, labels] as const)
      : [[name, labels] as const],
  ),
);
const clientFolder = "node_modules/prom-client/lib/metrics";
for (const file of readdirSync(path.join(root, clientFolder))) {
  if (!file.endsWith(".js")) continue;
  for (const [name] of read(`${clientFolder}/${file}`).matchAll(/\b(?:process|nodejs)_\w+/g)) {
    known.set(name, []);
  }
}

// Prometheus itself adds it: whether a scrape succeeded.
known.set("up", []);

/** Returns the names in a query that do not exist. */
function unknownIn(expression: string): readonly string[] {
  const metrics = [...expression.matchAll(/\b(?:up\b|(?:posthorn|process|nodejs)_\w+)/g)].map(
    ([name]) => name,
  );
  const labels = [...expression.matchAll(/(\w+)(?==~?"|!=")/g)].map(([, name = ""]) => name);
  const grouped = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, names = ""]) =>
    names.split(", "),
  );
  const has = new Set([...addedLabels, ...metrics.flatMap((name) => known.get(name) ?? [])]);
  return [
    ...metrics.filter((name) => !known.has(name)),
    ...[...labels, ...grouped].filter((name) => !has.has(name)),
    ...(metrics.length === 0 ? ["no metric"] : []),
  ];
}

test("an unknown metric, label or group is found", () => {
  expect(unknownIn('sum by (state) (posthorn_endpoints{state="off"})')).toEqual([]);
  expect(unknownIn("sum(posthorn_endpoint)")).toEqual(["posthorn_endpoint"]);
  expect(unknownIn("rate(posthorn_publish_duration_seconds[5m])")).toHaveLength(1);
  expect(unknownIn('posthorn_endpoints{status="off"}')).toEqual(["status"]);
  expect(unknownIn("sum by (org) (posthorn_queued)")).toEqual(["org"]);
});

describe("docs/alerts.yml", () => {
  const { groups } = parse(read("docs/alerts.yml")) as Rules;
  const rules = groups.flatMap((group) => group.rules);

  test.each(rules)("$alert", ({ alert, expr }) => {
    expect(unknownIn(expr)).toEqual([]);
    expect(read("docs/operators/monitoring.md")).toContain(`| \`${alert}\` |`);
  });
});

test("a node that is gone has an alert, for the job of the scrape configuration", () => {
  const { groups } = parse(read("docs/alerts.yml")) as Rules;
  const down = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === "PosthornDown");
  const [, job = "none"] = /job_name: (\w+)/.exec(read("deploy/prometheus/prometheus.yml")) ?? [];
  const up = `up{job="${job}"}`;
  expect(down?.expr).toBe(`${up} == 0 or absent(${up})`);
});

describe("deploy/grafana/posthorn.json", () => {
  const { panels } = JSON.parse(read("deploy/grafana/posthorn.json")) as {
    readonly panels: readonly Panel[];
  };
  const queries = panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ title, ...target })),
  );

  test.each(queries)("$title: $expr", ({ expr, legendFormat }) => {
    expect(unknownIn(expr)).toEqual([]);
    const [label] = /(?<=\{\{)\w+/.exec(legendFormat) ?? [];
    if (label !== undefined) expect(expr).toMatch(new RegExp(`by \\((le, )?${label}\\)`));
  });

  test("shows every metric of Posthorn's, except the duration of probes", () => {
    const shown = queries.map(({ expr }) => expr).join("\n");
    const missing = Object.values(metricList).filter(({ name }) => !shown.includes(name));
    expect(missing).toEqual([metricList.attempts, metricList.probeSeconds]);
  });

  test("has a title for each panel, different ids, and no panel over another", () => {
    expect(panels.filter(({ title }) => title === "")).toEqual([]);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
