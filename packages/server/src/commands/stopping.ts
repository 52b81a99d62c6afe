/** How the command is told to stop: by a signal, the second of which ends it at once. */

/** Why a start that waits gives up when the command is told to stop. */
export class StoppedError extends Error {}

/** Aborted when a stop is asked for. */
export function stoppingBy(stopped: Promise<void>): AbortSignal {
  const stopping = new AbortController();
  void stopped.then(() =>
    stopping.abort(new StoppedError("The command received a signal to stop.")),
  );
  return stopping.signal;
}

/**
 * Resolves at the first SIGINT or SIGTERM. A second one ends the process at once: whoever sends
 * it has waited long enough.
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
