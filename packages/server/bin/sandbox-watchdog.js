/**
 * A thread of the sandbox that kills its process if a job takes much longer than the service
 * allows. Usually the service does that, but it may have been killed itself, and a busy process
 * would not notice.
 */
import { workerData } from "node:worker_threads";

const mostMs = 5_000;
/** Its only element is odd while a job is running. */
const { jobs } = workerData;

for (;;) {
  const job = Atomics.load(jobs, 0);
  const isRunning = job % 2 === 1;
  const outcome = Atomics.wait(jobs, 0, job, isRunning ? mostMs : Infinity);
  if (isRunning && outcome === "timed-out") process.kill(process.pid, "SIGKILL");
}
