/** Reads the CPU time of other processes from /proc. Returns null on systems without /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second on every platform that Node supports. */
const msPerTick = 10;

/**
 * The CPU time of a PostgreSQL server: its postmaster, all children, and the children that have
 * ended.
 */
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

/** The CPU time of one process without its children. */
export function processCpuMs(pid: number): number | null {
  try {
    return cpuMsOf(pid, false);
  } catch {
    return null;
  }
}

/** The fields of /proc/PID/stat from the state on. The name before them may contain spaces. */
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
