/** Bounds on publishing and its background work; part of `limits`. */
export const publishLimits = {
  /**
   * Events in one shared commit; a larger call gets its own. With 500, each event costs the server
   * more.
   */
  publishEventsPerCommitMax: 200,
  /**
   * How many deliveries one commit creates, and how many active endpoints an org may have for its
   * events to be among them. The background creates the rest. Each costs the server about 10 µs.
   */
  publishDeliveriesPerCommitMax: 1_000,
  publishEndpointsPerEventMax: 1_000,
  /**
   * Deliveries that one background step creates, and the shortest pause after it. With 500 and 5 ms
   * the p99 of other orgs' publishes beside a saturated node was 467 ms, with these 161 ms.
   */
  fanOutDeliveriesPerStepMax: 100,
  fanOutPauseMs: 10,
  /** How long an org whose step failed is skipped, and how many such orgs a node remembers. */
  fanOutRestMs: 5_000,
  fanOutRestingOrgsMax: 10_000,
  /** How many orgs a node remembers the deliveries per event of, and for how long. */
  fanOutSizesMax: 10_000,
  fanOutSizesMs: 60_000,
  /** Parallel commits of publishes, each on its own connection. */
  publishCommitsMax: 2,
  /**
   * Timeout for checking an event against its type's schema, and how long an org whose event took
   * longer is not checked again: a check blocks everything else in the node.
   */
  schemaCheckMs: 250,
  schemaCheckRestMs: 5_000,
  schemaCheckRestingOrgsMax: 10_000,
  /**
   * How long a commit waits for a lock of an open transaction (a new org, an idempotency key)
   * before it is split by orgs; then how long each part waits, and a commit of the blocked org
   * alone.
   */
  publishLockWaitMs: 250,
  publishLockWaitAgainMs: 50,
  publishApartLockWaitMs: 1_000,
  /** How long parts of a blocked org's commit are retried before the rest gets 503. */
  publishBlockedMs: 2_000,
  /** How long a blocked org has separate commits, how many in parallel, and how many such orgs. */
  publishApartMs: 10_000,
  publishApartCommitsMax: 2,
  publishBlockedOrgsMax: 10_000,
  /**
   * Events that wait for their commit, and their bytes (64 MiB). An org that would have more
   * waiting than is free gets 503 with `Retry-After`.
   */
  publishEventsWaitingMax: 20_000,
  publishBytesWaitingMax: 64 * 1024 * 1024,
} as const;
