/**
 * The list of Posthorn's own metrics. docs/reference/metrics.md is generated from this file. No
 * label contains an org or an endpoint, because there may be a million of them.
 */

export interface MetricDescription {
  readonly name: `posthorn_${string}`;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /**
   * How the values of several processes behind one port are combined: added, or the highest one.
   */
  readonly together: "sum" | "max";
}

const counter = (
  name: MetricDescription["name"],
  help: string,
  labels: readonly string[] = [],
): MetricDescription => ({ name, type: "counter", help, labels, together: "sum" });

const histogram = (
  name: MetricDescription["name"],
  help: string,
  labels: readonly string[] = [],
): MetricDescription => ({ name, type: "histogram", help, labels, together: "sum" });

const gauge = (
  name: MetricDescription["name"],
  help: string,
  together: "sum" | "max",
  labels: readonly string[] = [],
): MetricDescription => ({ name, type: "gauge", help, labels, together });

export const metricList = {
  eventsPublished: counter(
    "posthorn_events_published_total",
    "Events published over HTTP and stored.",
  ),
  publishSeconds: histogram(
    "posthorn_publish_duration_seconds",
    "Duration of a publish call, including its commit.",
  ),
  overloaded: counter(
    "posthorn_backpressure_refusals_total",
    "Publish calls rejected with 503 because too many events were waiting to be stored.",
  ),
  rateLimited: counter(
    "posthorn_rate_limited_total",
    "Requests rejected with 429 by the rate limit for a key, or for wrong keys from an address.",
  ),
  queriesRefused: counter(
    "posthorn_queries_refused_total",
    "Requests rejected with 429 because an org or the admin key ran too many queries in parallel.",
  ),
  attempts: counter(
    "posthorn_attempts_total",
    "Attempts, by contract and the resulting state of the delivery.",
    ["contract", "status"],
  ),
  outcomes: counter(
    "posthorn_attempt_outcomes_total",
    "Attempts, by contract and outcome: delivered, status_3xx to status_5xx, or a kind of error.",
    ["contract", "outcome"],
  ),
  attemptSeconds: histogram(
    "posthorn_attempt_duration_seconds",
    "Duration of an attempt, from its start to its outcome.",
  ),
  firstAttemptSeconds: histogram(
    "posthorn_first_attempt_delay_seconds",
    "Time from publishing an event to the start of a delivery's first attempt.",
  ),
  deadLettersMade: counter("posthorn_dead_letters_total", "Deliveries that became dead letters."),
  deadLetters: gauge(
    "posthorn_dead_letters",
    "Current number of dead letters, counted up to 10,000.",
    "max",
  ),
  storeSeconds: histogram(
    "posthorn_store_duration_seconds",
    "Duration of a store call: a commit of publishes or settlements, or a claim.",
    ["operation"],
  ),
  storeFailures: counter(
    "posthorn_store_failures_total",
    "Failed database operations; each is retried.",
    ["operation"],
  ),
  leasesLost: counter(
    "posthorn_leases_lost_total",
    "Attempts whose outcome was discarded because another node had taken over the delivery.",
  ),
  attemptsHeld: counter(
    "posthorn_attempts_held_total",
    "Attempts that failed because Posthorn itself was short of files, ports or memory " +
      "(resources), or because its event loop was blocked or the sandbox was busy (stalled). They " +
      "are repeated and do not count as attempts.",
    ["reason"],
  ),
  faults: counter(
    "posthorn_internal_faults_total",
    "Attempts that failed because of an error inside Posthorn.",
  ),
  unreadable: counter(
    "posthorn_unreadable_deliveries_total",
    "Deliveries that became dead letters because their row, or that of their event, cannot be " +
      "read.",
  ),
  fanOutFailures: counter(
    "posthorn_fan_out_failures_total",
    "Attempts to create the deliveries of an event in which the database rejected at least one.",
  ),
  probeSeconds: histogram(
    "posthorn_probe_duration_seconds",
    "Duration of a successful probe, from publishing it to storing the outcome of its delivery.",
  ),
  probeAgeSeconds: gauge(
    "posthorn_probe_age_seconds",
    "Time since the last successful probe was published, or since the start if there was none.",
    "max",
  ),
  secretsUnderOtherKeys: gauge(
    "posthorn_secrets_under_other_keys",
    "Secrets that are not encrypted with this node's key; 0 when re-keying is done.",
    "max",
  ),
  inFlight: gauge("posthorn_in_flight", "Attempts in progress on this node.", "sum"),
  queued: gauge("posthorn_queued", "Deliveries queued in this node's memory.", "sum"),
  oldestDueSeconds: gauge(
    "posthorn_oldest_due_seconds",
    "How long the oldest due delivery of an active endpoint has been due.",
    "max",
  ),
  oldestFanOutSeconds: gauge(
    "posthorn_oldest_fan_out_seconds",
    "Age of the oldest event whose deliveries are not all created yet; 0 if there is none.",
    "max",
  ),
  failingFanOuts: gauge(
    "posthorn_failing_fan_outs",
    "Events with deliveries that could not be created. They are tried again.",
    "max",
  ),
  endpoints: gauge(
    "posthorn_endpoints",
    "Endpoints, by state: active, failing (active, but every attempt fails) or off.",
    "max",
    ["state"],
  ),
  databaseConnections: gauge(
    "posthorn_database_connections",
    "Database connections of the service itself, by state: in use or idle.",
    "sum",
    ["state"],
  ),
  databaseWaiting: gauge(
    "posthorn_database_waiting",
    "Operations waiting for one of the service's own database connections.",
    "sum",
  ),
  queriesRunning: gauge(
    "posthorn_queries_running",
    "Running queries of API callers, each on its own connection.",
    "sum",
  ),
  queriesWaiting: gauge("posthorn_queries_waiting", "Queued queries of API callers.", "sum"),
  sandboxRunning: gauge(
    "posthorn_sandbox_running",
    "Running transformations, each in a process of the sandbox.",
    "sum",
  ),
  sandboxWaiting: gauge(
    "posthorn_sandbox_waiting",
    "Transformations that wait for their turn in the sandbox.",
    "sum",
  ),
  databaseUp: gauge(
    "posthorn_database_up",
    "1 if the database responded during this scrape. If 0, metrics that are read from it are " +
      "missing.",
    "max",
  ),
  buildInfo: gauge(
    "posthorn_build_info",
    "Always 1 for each process; the labels contain the versions.",
    "sum",
    ["version", "node"],
  ),
} as const satisfies Record<string, MetricDescription>;
