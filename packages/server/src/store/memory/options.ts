/** How a store in memory differs from a sound one with no clock and no nodes of its own. */
export interface MemoryStoreOptions {
  /** The store's own clock, which bounds what callers say; without it their times count. */
  readonly now?: () => number;
  /** The nodes that are known to be dead; without it none ever is. */
  readonly deadNodes?: () => readonly string[];
  /** False breaks the fence on purpose, to see that the simulation notices. */
  readonly isFenced?: boolean;
  /** True leases ids that the reaper does not look for, to see that the simulation notices. */
  readonly leasesAnyId?: boolean;
  /** True ends a fan-out after its first step, to see that the simulation notices. */
  readonly forgetsFanOuts?: boolean;
}
