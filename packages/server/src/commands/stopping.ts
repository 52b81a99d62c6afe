/** Stops a command at a signal. A second signal ends the process immediately. */

/** The error with which a waiting start ends if the command is stopped. */
export class StoppedError extends Error {}

/** Returns a signal that is aborted when `stopped` resolves. */
export function stoppingBy(stopped: Promise<void>): AbortSignal {
  const stopping = new AbortController();
  void stopped.then(() =>
    stopping.abort(new StoppedError("The command received a signal to stop.")),
  );
  return stopping.signal;
}

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process immediately, because its
 * sender has waited long enough.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
      asked = true;
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
