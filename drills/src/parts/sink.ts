/**
 * A receiver that returns 200 to every request without reading it. It runs in a separate
 * low-priority process, because in production receivers run on other machines than the nodes.
 */
import { fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { DrillReceiver } from "./receiver.ts";

/** @throws Error if the process ends before it listens. */
export async function startSink(): Promise<DrillReceiver> {
  const child = fork(fileURLToPath(import.meta.url), [asSink]);
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await Promise.race([
    new Promise<number>((resolve) => child.once("message", (told) => resolve(Number(told)))),
    exited.then(() => Promise.reject(new Error("The sink's process exited."))),
  ]);
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${name}`,
    register: () => undefined,
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const asSink = "sink";

function receive(): void {
  const server = createServer((request, response) => {
    request.resume();
    response.end();
  });
  server.listen(0, "127.0.0.1", 4096, () => {
    process.send?.((server.address() as AddressInfo).port);
  });
  process.once("disconnect", () => process.exit());
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === asSink) receive();
