/** Metrics for Prometheus. No label has an org or an endpoint: there may be a million of them. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Observer } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

export interface Metrics {
  readonly observer: Observer;
  readonly contentType: string;
  eventsPublished(count: number): void;
  /** The exposition text. Asks the database for what only it knows. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  readonly database: Queryable;
  inFlight(): number;
  queued(): number;
}

const backlogSql = `
select coalesce(extract(epoch from now() - min(waiting.due_at)), 0)::double precision
         as oldest_due_seconds
from posthorn.waiting
join posthorn.endpoints on endpoints.id = waiting.endpoint_id and endpoints.is_active
where waiting.due_at <= now()
`;

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const published = new Counter({
    name: "posthorn_events_published_total",
    help: "Events stored.",
    registers,
  });
  const attempts = new Counter({
    name: "posthorn_attempts_total",
    help: "Attempts, by contract and the state that the delivery came to.",
    labelNames: ["contract", "status"],
    registers,
  });
  const duration = new Histogram({
    name: "posthorn_attempt_duration_seconds",
    help: "From the start of an attempt to its outcome.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const leasesLost = new Counter({
    name: "posthorn_leases_lost_total",
    help: "Attempts whose delivery another node had taken over.",
    registers,
  });
  const storeFailures = new Counter({
    name: "posthorn_store_failures_total",
    help: "Failed operations on the database, each tried again.",
    labelNames: ["operation"],
    registers,
  });
  const faults = new Counter({
    name: "posthorn_internal_faults_total",
    help: "Attempts that failed inside Posthorn.",
    registers,
  });
  registerGauges(registers, options);
  const countAttempt = counterByLabels(attempts);
  return {
    contentType: registry.contentType,
    eventsPublished: (count) => published.inc(count),
    render: () => registry.metrics(),
    observer: {
      attempted(attempt) {
        countAttempt(attempt.contract, attempt.status);
        duration.observe(attempt.durationMs / 1000);
      },
      leaseLost: () => leasesLost.inc(),
      sendThrew: () => faults.inc(),
      storeFailed: (operation) => storeFailures.inc({ operation }),
    },
  };
}

/** Finds each pair's counter once: prom-client hashes the labels anew at every increment. */
function counterByLabels(
  counter: Counter<"contract" | "status">,
): (contract: string, status: string) => void {
  const children = new Map<string, { inc(): void }>();
  return (contract, status) => {
    const key = `${contract} ${status}`;
    let child = children.get(key);
    if (child === undefined) {
      child = counter.labels({ contract, status });
      children.set(key, child);
    }
    child.inc();
  };
}

/** What is read at each scrape. */
function registerGauges(registers: Registry[], options: MetricsOptions): void {
  new Gauge({
    name: "posthorn_in_flight",
    help: "Attempts under way on this node.",
    registers,
    collect() {
      this.set(options.inFlight());
    },
  });
  new Gauge({
    name: "posthorn_queued",
    help: "Deliveries that wait in this node's memory.",
    registers,
    collect() {
      this.set(options.queued());
    },
  });
  new Gauge({
    name: "posthorn_oldest_due_seconds",
    help: "How long the oldest due delivery of an active endpoint has been waiting.",
    registers,
    async collect() {
      const { rows } = await options.database.query<{ oldest_due_seconds: number }>(backlogSql);
      this.set(rows[0]?.oldest_due_seconds ?? 0);
    },
  });
}
