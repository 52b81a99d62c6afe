/** Asks the system about a process: whether it lives, and in which folder it works. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { errorCode } from "../errors/reasons.ts";

/** True while a process of this id runs; a zombie, which only waits to be reaped, does not run. */
export function isAlive(pid: number): boolean {
  // Zero and negative ids would mean process groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // We may not signal it, so it exists.
    return errorCode(error) === "EPERM";
  }
  return statFields(pid)?.[0] !== "Z";
}

/**
 * Whether the process works in this folder, according to its command line. Null if the system does
 * not tell (anything but Linux).
 */
export function worksIn(pid: number, folder: string): boolean | null {
  if (process.platform !== "linux") return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // Root in a container may not read the link (CAP_SYS_PTRACE); anybody may read cmdline.
    return readOrNull(`/proc/${pid}/cmdline`)?.split("\0").includes(folder) === true;
  }
}

/** The processes of this program that work in this folder, if the system tells (Linux). */
export function processesIn(folder: string, program: string): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && runsIn(name, folder, program))
    .map(Number);
}

function runsIn(pid: string, folder: string, program: string): boolean {
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === folder &&
      // Linux appends a note to the path of a program that has been replaced.
      basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "")) === program
    );
  } catch {
    return false;
  }
}

/** Sends a signal; false if the process is already gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    throw error;
  }
}

/** The fields of `/proc/<pid>/stat` from the state on: the name before it may contain anything. */
function statFields(pid: number): string[] | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat === null ? null : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
