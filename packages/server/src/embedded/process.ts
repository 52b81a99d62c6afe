/** What the system knows about a process: whether it lives, and where it works. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { errorCode } from "../errors/reasons.ts";

/** True while a process of this id runs; a zombie, which only waits to be reaped, does not. */
export function isAlive(pid: number): boolean {
  // Zero and negative ids would ask about process groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Forbidden to signal it, so it exists.
    return errorCode(error) === "EPERM";
  }
  return statFields(pid)?.[0] !== "Z";
}

/**
 * Whether the process works in this folder, which its command line names. Null where the system
 * does not tell (anything but Linux).
 */
export function worksIn(pid: number, folder: string): boolean | null {
  if (process.platform !== "linux") return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // Root in a container has no right to look there (CAP_SYS_PTRACE): anybody may read this.
    return readOrNull(`/proc/${pid}/cmdline`)?.split("\0").includes(folder) === true;
  }
}

/** The processes of this program that work in this folder, as far as the system tells (Linux). */
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
      // The system adds a note to the path of a program that was replaced since.
      basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "")) === program
    );
  } catch {
    return false;
  }
}

/** Sends a signal; false when the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
    throw error;
  }
}

/** The fields of `/proc/<pid>/stat` from the state on: the name before it may hold anything. */
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
