/** Bounds on publishing and on what it does in the background; part of `limits`. */
export const publishLimits = {
  /** Events that share one commit, a call with more has its own; 500 cost the server more each. */
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
  /** How long an org whose step failed rests, and how many such orgs a node remembers. */
  fanOutRestMs: 5_000,
  fanOutRestingOrgsMax: 10_000,
  /** How many orgs a node remembers the deliveries per event of, and for how long. */
  fanOutSizesMax: 10_000,
  fanOutSizesMs: 60_000,
  /** Commits of publishes under way at once, each on a connection of its own. */
  publishCommitsMax: 2,
  /**
   * The longest check of an event by its type's schema, and how long an org whose event took longer
   * is not checked again: a check stops everything else that the node does.
   */
  schemaCheckMs: 250,
  schemaCheckRestMs: 5_000,
  schemaCheckRestingOrgsMax: 10_000,
  /**
   * How long a commit waits for what an open transaction holds (a new org, an idempotency key)
   * before it is split by orgs, each of its parts, and then a commit of the blocked org alone.
   */
  publishLockWaitMs: 250,
  publishLockWaitAgainMs: 50,
  publishApartLockWaitMs: 1_000,
  /** How long parts of a blocked org's commit are tried before what is left is answered 503. */
  publishBlockedMs: 2_000,
  /** How long a blocked org has commits of its own, how many at once, and how many such orgs. */
  publishApartMs: 10_000,
  publishApartCommitsMax: 2,
  publishBlockedOrgsMax: 10_000,
  /**
   * Events that wait for their commit, and their bytes (64 MiB). An org that would have more of
   * them waiting than is left free is answered 503 with `Retry-After`.
   */
  publishEventsWaitingMax: 20_000,
  publishBytesWaitingMax: 64 * 1024 * 1024,
} as const;
