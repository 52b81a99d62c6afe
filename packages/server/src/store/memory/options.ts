import type { IsTarget } from "./fan-outs.ts";
import { isTarget } from "./rows.ts";

/**
 * Settings of a memory store for the simulation and for tests. By default it has no clock, no dead
 * nodes and no injected faults.
 */
export interface MemoryStoreOptions {
  /**
   * The store's clock, which corrects callers' times. If it is missing, their times are used as
   * given.
   */
  readonly now?: () => number;
  /** The ids of the nodes that are known to be dead. If it is missing, no node is dead. */
  readonly deadNodes?: () => readonly string[];
  /** The feature flags of an org. If it is missing, no org has any. */
  readonly featureFlagsOf?: (orgId: string) => readonly string[] | undefined;
  /** False disables the check of leases, to prove that the simulation detects that. */
  readonly isFenced?: boolean;
  /** True leases ids that the reaper does not check, to prove that the simulation detects that. */
  readonly leasesAnyId?: boolean;
  /** Whether the background fan-out cannot create this delivery. Default: it can create all. */
  readonly isUnstorable?: (deliveryId: string) => boolean;
  /** True stops a fan-out after its first step, to prove that the simulation detects that. */
  readonly forgetsFanOuts?: boolean;
  /**
   * True tries an org's oldest event until it succeeds and no other, to prove that the simulation
   * detects that.
   */
  readonly holdsBackFanOuts?: boolean;
}

/** Returns whether an endpoint gets an event, considering the feature flags of its org. */
export function isTargetBy({ featureFlagsOf }: MemoryStoreOptions): IsTarget {
  return (endpoint, event) => isTarget(endpoint, event, featureFlagsOf?.(event.orgId));
}
