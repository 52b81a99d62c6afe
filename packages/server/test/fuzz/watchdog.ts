/** Ends the process if a case hangs, because a hanging case blocks all other code of its thread. */
import { Worker } from "node:worker_threads";
import type fc from "fast-check";

export interface Watchdog {
  /** Wraps a property so that it reports the start of each case. */
  watch(name: string, property: fc.IRawProperty<unknown>): void;
  stop(): Promise<void>;
}

const stillMsMax = 60_000;
const nameBytesMax = 100;

/**
 * Runs in a separate thread, which a hanging case does not block. The thread knows the number of
 * the case but not its input: use `--seed` and fewer `--cases` to find the input.
 */
const program = `
const { workerData } = require("node:worker_threads");
const { writeSync } = require("node:fs");
const beats = new Int32Array(workerData.beats);
let [last, sinceMs] = [-1, Date.now()];
while (Atomics.load(beats, 1) === 0) {
  Atomics.wait(beats, 1, 0, 500);
  if (beats[0] !== last) [last, sinceMs] = [beats[0], Date.now()];
  else if (Date.now() - sinceMs > workerData.stillMsMax) {
    const name = Buffer.from(workerData.name).toString().replaceAll("\\0", "");
    writeSync(2, name + ": case " + last + " of this run has not ended.\\n");
    process.kill(process.pid, "SIGKILL");
  }
}
`;

export function startWatchdog(): Watchdog {
  const beats = new Int32Array(new SharedArrayBuffer(8));
  const shownName = new Uint8Array(new SharedArrayBuffer(nameBytesMax));
  const workerData = { beats: beats.buffer, name: shownName, stillMsMax };
  const worker = new Worker(program, { eval: true, workerData });
  return {
    watch(name, property) {
      shownName.fill(0);
      shownName.set(Buffer.from(name).subarray(0, nameBytesMax));
      const run = property.run.bind(property);
      property.run = (value) => {
        Atomics.add(beats, 0, 1);
        return run(value);
      };
    },
    async stop() {
      Atomics.store(beats, 1, 1);
      Atomics.notify(beats, 1);
      await worker.terminate();
    },
  };
}
