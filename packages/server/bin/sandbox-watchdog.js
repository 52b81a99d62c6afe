/**
 * A thread of the sandbox that kills its process if a job uses too much CPU time. Time on the clock
 * would depend on what else the machine does, because the process has a low priority. It also kills
 * a process whose job never ends, e.g. because the service that would end it was killed itself: a
 * busy process would not notice.
 */
import { workerData } from "node:worker_threads";

const lookMs = 50;
/** The first element is odd while a job is running, the second is its CPU time in milliseconds. */
const { jobs, mostMs } = workerData;

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

for (;;) {
  const job = Atomics.load(jobs, 0);
  if (job % 2 === 0) Atomics.wait(jobs, 0, job);
  else watch(job);
}

function watch(job) {
  const since = { ms: performance.now(), cpuMs: cpuMs() };
  while (Atomics.wait(jobs, 0, job, lookMs) === "timed-out") {
    const isTooLong = cpuMs() - since.cpuMs > Atomics.load(jobs, 1);
    if (isTooLong || performance.now() - since.ms > mostMs) process.kill(process.pid, "SIGKILL");
  }
}
