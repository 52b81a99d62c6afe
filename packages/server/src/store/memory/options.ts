/**
 * Settings of a memory store for the simulation and for tests. By default it has no clock, no dead
 * nodes and no injected faults.
 */
export interface MemoryStoreOptions {
  /**
   * The store's clock, which corrects callers' times. Without it, their times are used as given.
   */
  readonly now?: () => number;
  /** The nodes that are known to be dead. Without it, there are none. */
  readonly deadNodes?: () => readonly string[];
  /** False disables the fence, to prove that the simulation detects it. */
  readonly isFenced?: boolean;
  /** True: leases ids that the reaper does not check, to prove that the simulation detects it. */
  readonly leasesAnyId?: boolean;
  /** True stops a fan-out after its first step, to prove that the simulation detects it. */
  readonly forgetsFanOuts?: boolean;
}
