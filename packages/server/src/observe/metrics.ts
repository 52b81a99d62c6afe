/** Metrics for Prometheus. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ObservedAttempt, Observer } from "../pipeline/ports.ts";
import type { Pool } from "../postgres/pool.ts";
import type { Store } from "../store/store.ts";
import { version } from "../version.ts";
import { readDatabaseGauges, type DatabaseGauges } from "./database-gauges.ts";
import { metricList, type MetricDescription } from "./metric-list.ts";
import { countByPair, histogramOf } from "./fast-metrics.ts";

export interface Metrics {
  readonly observer: Observer;
  readonly registry: Registry;
  /** A publish call was completed and stored `count` new events. */
  published(count: number, durationMs: number): void;
  /**
   * A request was rejected: by back-pressure (503); by the rate limit of a key, or for wrong keys
   * (429); or because too many queries of its caller are running or queued (429).
   */
  refused(why: "overloaded" | "rate_limited" | "queries"): void;
  /** A probe arrived. */
  probeArrived(durationMs: number): void;
  /** Registers the function that reads a gauge at each scrape. */
  watch(gauge: "probeAgeSeconds" | "secretsUnderOtherKeys", read: () => number): void;
  /** Returns a store with the same behaviour that also measures commits and claims. */
  timed(store: Store): Store;
}

export interface MetricsOptions {
  readonly database: Pool;
  readonly queries: { readonly running: number; readonly waiting: number };
  readonly sandbox: { readonly running: number; readonly waiting: number };
  inFlight(): number;
  queued(): number;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120];

/**
 * Adds the library's metrics of the process at the first scrape. They measure the event loop's
 * delay with a timer of 10 ms, which costs an idle process more than all its other work.
 */
class ProcessRegistry extends Registry {
  #isScraped = false;

  override metrics(): Promise<string> {
    this.#addProcessMetrics();
    return super.metrics();
  }

  override getMetricsAsJSON(): ReturnType<Registry["getMetricsAsJSON"]> {
    this.#addProcessMetrics();
    return super.getMetricsAsJSON();
  }

  #addProcessMetrics(): void {
    if (this.#isScraped) return;
    this.#isScraped = true;
    collectDefaultMetrics({ register: this });
  }
}

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new ProcessRegistry();
  const count = (metric: MetricDescription): Counter => new Counter(shapeOf(metric, registry));
  const histogram = (metric: MetricDescription): Histogram =>
    new Histogram({ ...shapeOf(metric, registry), buckets });
  const published = count(metricList.eventsPublished);
  const publishSeconds = histogram(metricList.publishSeconds);
  const refusals = {
    overloaded: count(metricList.overloaded),
    rate_limited: count(metricList.rateLimited),
    queries: count(metricList.queriesRefused),
  };
  const storeSeconds = histogram(metricList.storeSeconds);
  const probeSeconds = histogram(metricList.probeSeconds);
  registerGauges(registry, options);
  return {
    registry,
    published(events, durationMs) {
      published.inc(events);
      publishSeconds.observe(durationMs / 1000);
    },
    probeArrived: (durationMs) => probeSeconds.observe(durationMs / 1000),
    watch(gauge, read) {
      new Gauge({
        ...shapeOf(metricList[gauge], registry),
        collect() {
          this.set(read());
        },
      });
    },
    refused: (why) => refusals[why].inc(),
    timed: (store) => timedStore(store, storeSeconds),
    observer: createObserver(registry, count),
  };
}

function shapeOf(
  { name, help, labels, together }: MetricDescription,
  registry: Registry,
): {
  name: string;
  help: string;
  labelNames: string[];
  aggregator: "sum" | "max";
  registers: Registry[];
} {
  return { name, help, labelNames: [...labels], aggregator: together, registers: [registry] };
}

function createObserver(
  registry: Registry,
  count: (metric: MetricDescription) => Counter,
): Observer {
  const histogram = (metric: MetricDescription): ((value: number) => void) =>
    histogramOf(shapeOf(metric, registry), buckets, registry);
  const countStatus = countByPair(shapeOf(metricList.attempts, registry));
  const countOutcome = countByPair(shapeOf(metricList.outcomes, registry));
  const tookSeconds = histogram(metricList.attemptSeconds);
  const firstAfterSeconds = histogram(metricList.firstAttemptSeconds);
  const deadLetters = count(metricList.deadLettersMade);
  const leasesLost = count(metricList.leasesLost);
  const storeFailures = count(metricList.storeFailures);
  const held = count(metricList.attemptsHeld);
  const faults = count(metricList.faults);
  const unreadable = count(metricList.unreadable);
  const fanOutFailures = count(metricList.fanOutFailures);
  return {
    attempted(attempt) {
      countStatus(attempt.contract, attempt.status);
      countOutcome(attempt.contract, outcomeOf(attempt));
      tookSeconds(attempt.durationMs / 1000);
      if (attempt.number === 1) {
        const delayMs = attempt.startedAtMs - publishedAtMs(attempt.eventId);
        firstAfterSeconds(Math.max(delayMs, 0) / 1000);
      }
      if (attempt.status === "failed") deadLetters.inc();
    },
    leaseLost: () => leasesLost.inc(),
    attemptHeld: (reason) => held.inc({ reason }),
    sendThrew: () => faults.inc(),
    deliveryUnreadable: () => {
      unreadable.inc();
      deadLetters.inc();
    },
    fanOutFailed: () => fanOutFailures.inc(),
    storeFailed: (operation) => storeFailures.inc({ operation }),
  };
}

/** The publishing time, with which the event's UUID v7 starts. */
function publishedAtMs(eventId: string): number {
  return Number.parseInt(eventId.slice(0, 8) + eventId.slice(9, 13), 16);
}

const outcomeByClass = ["", "status_1xx", "status_2xx", "status_3xx", "status_4xx", "status_5xx"];

/** Uses only the first digit of a receiver's status, because 900 statuses would mean 900 series. */
function outcomeOf({ status, responseStatus, error }: ObservedAttempt): string {
  if (status === "delivered") return "delivered";
  if (responseStatus === null) return error ?? "protocol";
  return outcomeByClass[Math.floor(responseStatus / 100)] ?? "status_other";
}

/** Measures only those calls of the store that handle many deliveries. */
function timedStore(store: Store, seconds: Histogram): Store {
  const timed = <Arguments extends unknown[], Result>(
    operation: string,
    call: (...given: Arguments) => Promise<Result>,
  ): ((...given: Arguments) => Promise<Result>) => {
    const child = seconds.labels({ operation });
    return async (...given) => {
      const startMs = performance.now();
      try {
        return await call(...given);
      } finally {
        child.observe((performance.now() - startMs) / 1000);
      }
    };
  };
  return {
    ...store,
    publish: timed("publish", store.publish),
    settle: timed("settle", store.settle),
    claim: timed("claim", store.claim),
  };
}

/** Registers gauges that are computed at each scrape. */
function registerGauges(registry: Registry, options: MetricsOptions): void {
  const { database } = options;
  const gauge = (metric: MetricDescription, collect: (this: Gauge) => void): Gauge =>
    new Gauge({ ...shapeOf(metric, registry), collect });
  gauge(metricList.inFlight, function () {
    this.set(options.inFlight());
  });
  gauge(metricList.queued, function () {
    this.set(options.queued());
  });
  gauge(metricList.queriesRunning, function () {
    this.set(options.queries.running);
  });
  gauge(metricList.queriesWaiting, function () {
    this.set(options.queries.waiting);
  });
  gauge(metricList.sandboxRunning, function () {
    this.set(options.sandbox.running);
  });
  gauge(metricList.sandboxWaiting, function () {
    this.set(options.sandbox.waiting);
  });
  gauge(metricList.databaseConnections, function () {
    this.set({ state: "in_use" }, database.totalCount - database.idleCount);
    this.set({ state: "idle" }, database.idleCount);
  });
  gauge(metricList.databaseWaiting, function () {
    this.set(database.waitingCount);
  });
  new Gauge(shapeOf(metricList.buildInfo, registry)).set({ version, node: process.version }, 1);
  registerDatabaseGauges(registry, database);
}

/**
 * Reads all of them with one query, because a scrape reads all gauges in the same turn of the event
 * loop. Unknown values are omitted, not reported as 0.
 */
function registerDatabaseGauges(registry: Registry, database: Pool): void {
  let asked: Promise<DatabaseGauges | null> | null = null;
  const read = (): Promise<DatabaseGauges | null> =>
    (asked ??= readDatabaseGauges(database).finally(() => (asked = null)));
  const register = (
    metric: MetricDescription,
    show: (gauge: Gauge, known: DatabaseGauges | null) => void,
  ): void => {
    new Gauge({
      ...shapeOf(metric, registry),
      async collect() {
        show(this, await read());
      },
    });
  };
  register(metricList.databaseUp, (gauge, known) => gauge.set(known === null ? 0 : 1));
  register(metricList.oldestDueSeconds, (gauge, known) => {
    if (known === null) gauge.remove();
    else gauge.set(known.oldest_due_seconds);
  });
  register(metricList.oldestFanOutSeconds, (gauge, known) => {
    if (known === null) gauge.remove();
    else gauge.set(known.oldest_fan_out_seconds);
  });
  register(metricList.failingFanOuts, (gauge, known) => {
    if (known === null) gauge.remove();
    else gauge.set(known.failing_fan_outs);
  });
  register(metricList.deadLetters, (gauge, known) => {
    if (known === null) gauge.remove();
    else gauge.set(known.dead_letters);
  });
  register(metricList.endpoints, (gauge, known) => {
    for (const state of ["active", "failing", "off"] as const) {
      if (known === null) gauge.remove({ state });
      else gauge.set({ state }, known[state]);
    }
  });
}
