/** Limits for what nodes poll, and for what they know of each other; part of `limits`. */
export const nodeLimits = {
  /** How often a node polls for waiting work while it has some, or receives no notifications. */
  claimPollMs: 250,
  /** How often a node polls for waiting work while there is none. */
  idlePollMs: 1_000,
  /** How often to look for expired leases. */
  reapPollMs: 5_000,
  /** How often a node that is alone and has leased nothing meanwhile looks for expired leases. */
  quietReapMs: 30_000,
  /** How often a node sends a heartbeat, and how long a node counts as running without one. */
  heartbeatMs: 800,
  heartbeatCountsMs: 15_000,
  /** How often a node sends a heartbeat if it has its lock, and no other node is running. */
  aloneHeartbeatMs: 5_000,
  /** A node is dead if its last heartbeat is older than this and its lock is free. */
  heartbeatLateMs: 1_100,
  /** How often a node looks for dead nodes. */
  takeOverPollMs: 250,
} as const;
