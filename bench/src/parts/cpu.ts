/** CPU time used by other processes, from /proc; null on systems without it. */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second on every platform that Node runs on. */
const msPerTick = 10;

/** The CPU time of a PostgreSQL server: the postmaster, its children, and ended children. */
export function serverCpuMs(postmasterPid: number): number | null {
  try {
    let totalMs = cpuMsOf(postmasterPid, true);
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      if (Number.isInteger(pid) && parentOf(pid) === postmasterPid) totalMs += cpuMsOf(pid, false);
    }
    return totalMs;
  } catch {
    return null;
  }
}

/**
 * The fields of /proc/PID/stat after the name, which may contain spaces; the first is the state.
 */
function statOf(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid: number): number | null {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    // The process has ended since the folder was read.
    return null;
  }
}

function cpuMsOf(pid: number, withEndedChildren: boolean): number {
  const ticks = statOf(pid)
    .slice(11, withEndedChildren ? 15 : 13)
    .map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) * msPerTick;
}
