/**
 * Asks the operating system about a process: whether it is running, and in which folder it works.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { errorCode } from "../errors/reasons.ts";

/**
 * Returns true while a process with this id is running. A zombie, which only waits for its parent,
 * is not running.
 */
export function isAlive(pid: number): boolean {
  // Zero and negative ids would mean process groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // This process may not signal it, so it exists.
    return errorCode(error) === "EPERM";
  }
  return statFields(pid)?.[0] !== "Z";
}

/**
 * Whether the process works in this folder, according to its command line. Null if the system does
 * not tell (anything except Linux).
 */
export function worksIn(pid: number, folder: string): boolean | null {
  if (process.platform !== "linux") return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // Reads the command line, because root in a container may not read the link (CAP_SYS_PTRACE).
    return readOrNull(`/proc/${pid}/cmdline`)?.split("\0").includes(folder) === true;
  }
}

/** The ids of this program's processes that work in this folder, if the system tells (on Linux). */
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

/** Sends a signal. Returns false if the process has already ended. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    throw error;
  }
}

/**
 * The fields of `/proc/<pid>/stat` from the state on. The name before them may contain any
 * characters.
 */
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
