/** The scenarios in the order in which they run. */
export const scenarioNames = [
  "throughput",
  "latency",
  "cold-start",
  "fan-out",
  "neighbours",
  "backlog",
  "history",
  "retention",
  "recovery",
  "outage",
  "two-processes",
] as const;

export type ScenarioName = (typeof scenarioNames)[number];
