/** Limits for transformations and the sandbox that runs them; part of `limits`. */
export const transformationLimits = {
  /** Maximum length of an endpoint's transformation. */
  transformationCharsMax: 16_384,
  /**
   * How many steps a transformation may take: calls and turns of loops, and those of regular
   * expressions. On two cores, a simple loop takes about 50 ms for them, and a regular expression
   * up to half a second.
   */
  transformationStepsMax: 5_000_000,
  /** How much memory a transformation may use: 16 MiB. */
  transformationMemoryBytesMax: 16 * 1024 * 1024,
  /**
   * After this CPU time the sandbox's process is killed, because some functions of QuickJS run long
   * without counting steps. The first time, the attempt is repeated, because the machine may have
   * been short of memory; if that happens again to the same transformation within the second time,
   * the attempt fails. How many such transformations a node remembers.
   */
  transformationCpuMs: 2_000,
  transformationKilledMs: 600_000,
  transformationsKilledMax: 1_000,
  /** How long an attempt waits for the sandbox. After that it is repeated and does not count. */
  transformationWaitMs: 5_000,
  /** How many processes of the sandbox a node runs. An org uses at most half of them. */
  sandboxProcessesMax: 2,
  /** How long a process of the sandbox may take to start. */
  sandboxStartMs: 10_000,
  /** How long an idle process of the sandbox stays. */
  sandboxIdleMs: 60_000,
  /** How long a check of a source is remembered, and how many checks. */
  transformationCheckedMs: 10_000,
  transformationsCheckedMax: 100,
} as const;
