/** Limits for publishing and its background work; part of `limits`. */
export const publishLimits = {
  /**
   * Maximum number of events in a shared commit. A call with more events gets a commit of its own.
   * With a limit of 500, the database spent more CPU time per event.
   */
  publishEventsPerCommitMax: 200,
  /**
   * Maximum number of deliveries that one commit creates. A background job creates the others. Each
   * delivery costs the database about 10 µs.
   */
  publishDeliveriesPerCommitMax: 1_000,
  /**
   * If an org has more active endpoints than this, a background job creates the deliveries of its
   * events.
   */
  publishEndpointsPerEventMax: 1_000,
  /**
   * How many deliveries one background step creates, and the minimum pause after it. On a saturated
   * node, other orgs' publishes had a p99 of 161 ms with these values, and 467 ms with 500
   * deliveries and 5 ms.
   */
  fanOutDeliveriesPerStepMax: 100,
  fanOutPauseMs: 10,
  /**
   * How long an org is skipped after a failed step, and how many such orgs a node remembers. An
   * event whose deliveries cannot be created is tried again after the same time, then after twice
   * as long each time, up to an hour, until its data expires.
   */
  fanOutRestMs: 5_000,
  fanOutRestMsMax: 3_600_000,
  fanOutRestingOrgsMax: 10_000,
  /** How long one org's turn lasts. An org whose step took longer misses as many turns. */
  fanOutTurnMs: 100,
  /** For how many orgs a node remembers how many deliveries an event creates, and for how long. */
  fanOutSizesMax: 10_000,
  fanOutSizesMs: 60_000,
  /** Maximum number of parallel commits of publishes, each on its own connection. */
  publishCommitsMax: 2,
  /**
   * Timeout for checking an event against its schema, which blocks everything else in the process.
   * After a timeout: how long similar events of that org are rejected, and for how many orgs.
   */
  schemaCheckMs: 250,
  schemaCheckRestMs: 5_000,
  schemaCheckRestingOrgsMax: 10_000,
  /**
   * How long a commit waits for a lock of an open transaction (a new org, an idempotency key)
   * before it is split by org. The next two values are how long each part waits, and how long a
   * separate commit of the blocked org waits.
   */
  publishLockWaitMs: 250,
  publishLockWaitAgainMs: 50,
  publishApartLockWaitMs: 1_000,
  /** How long the parts of a blocked commit are retried before the rest gets 503. */
  publishBlockedMs: 2_000,
  /**
   * How long a blocked org has separate commits, how many of them run in parallel, and for how many
   * orgs.
   */
  publishApartMs: 10_000,
  publishApartCommitsMax: 2,
  publishBlockedOrgsMax: 10_000,
  /**
   * Maximum number of events waiting for their commit, and their maximum total size (64 MiB). An
   * org that would use more than what is free gets 503 with `Retry-After`.
   */
  publishEventsWaitingMax: 20_000,
  publishBytesWaitingMax: 64 * 1024 * 1024,
} as const;
