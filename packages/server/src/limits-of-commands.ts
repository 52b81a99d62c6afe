/** Limits of the command line. */

export const commandLimits = {
  /** How long a command waits for a response of the API. */
  commandRequestMs: 30_000,
  /** Maximum size of a file or of standard input that a command reads: 4 MiB. */
  commandInputBytesMax: 4 * 1024 * 1024,
  /** How long a command waits for the first attempt of a delivery that it caused. */
  commandAttemptWaitMs: 30_000,
  /** How often a command that waits for a delivery or a replay reads it. */
  commandPollMs: 250,
  /** The free disk space below which `doctor` reports a problem: 1 GiB. */
  doctorDiskFreeBytesLeast: 1024 ** 3,
  /** How far the clocks of this machine and of the database may be apart. */
  doctorClockMsMax: 5_000,
  /** How many times an import sends a request to the other server, if that answers 429 or 5xx. */
  importTriesMax: 5,
  /** The shortest and the longest pause between two of them, whatever `Retry-After` says. */
  importPauseMs: 1_000,
  importPauseMsMax: 60_000,
  /** The pause before `deliveries tail` or `listen` connects again. */
  commandReconnectMs: 1_000,
  /**
   * How long `listen`, once stopped, waits until the service has accepted its answers about the
   * deliveries that were in progress.
   */
  listenStopMs: 1_000,
  /** Maximum size of a line of JSON in a backup, which describes one table or the file: 1 MiB. */
  backupLineBytesMax: 1024 * 1024,
} as const;
