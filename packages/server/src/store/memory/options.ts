/** How a memory store differs from a correct one without a clock and nodes of its own. */
export interface MemoryStoreOptions {
  /** The store's clock, which bounds callers' times; without it, their times are used as given. */
  readonly now?: () => number;
  /** The nodes that are known to be dead; without it, none. */
  readonly deadNodes?: () => readonly string[];
  /** False breaks the fence, to prove that the simulation detects it. */
  readonly isFenced?: boolean;
  /** True: leases ids that the reaper does not check, to prove that the simulation detects it. */
  readonly leasesAnyId?: boolean;
  /** True ends a fan-out after its first step, to prove that the simulation detects it. */
  readonly forgetsFanOuts?: boolean;
}
