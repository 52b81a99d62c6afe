/** Limits for the polls of nodes, and for how nodes notice each other; part of `limits`. */
export const nodeLimits = {
  /** How often a node polls for waiting work while it has some, or receives no notifications. */
  claimPollMs: 250,
  /** How often a node polls for waiting work while there is none. */
  idlePollMs: 1_000,
  /** How often to look for expired leases. */
  reapPollMs: 5_000,
  /** How often a node sends a heartbeat, and how long a node counts as running without one. */
  heartbeatMs: 500,
  heartbeatCountsMs: 15_000,
  /** How often, if it has its lock and no work, and no other node is running. */
  quietHeartbeatMs: 5_000,
  /** A node is dead if its last heartbeat is older than this and its lock is free. */
  heartbeatLateMs: 800,
  /** How often a node looks for dead nodes. */
  takeOverPollMs: 200,
} as const;
