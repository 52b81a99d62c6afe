/** What the system knows about a process: whether it lives, and whether it is still the same. */
import { readFileSync, readlinkSync } from "node:fs";

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
 * A text that no other process has, before or after a reboot, even one that gets the same id.
 * Null where the system does not tell (anything but Linux).
 */
export function processIdentity(pid: number): string | null {
  // Field 22 of proc(5) `stat`, the start time in ticks since boot; the state is field 3.
  const startTicks = statFields(pid)?.[22 - 3];
  const bootId = readOrNull("/proc/sys/kernel/random/boot_id");
  return startTicks === undefined || bootId === null ? null : `${bootId.trim()}:${startTicks}`;
}

/**
 * Whether the process works in this folder, which its command line names. True where the system
 * does not tell (anything but Linux).
 */
export function worksIn(pid: number, folder: string): boolean {
  if (process.platform !== "linux") return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    // Root in a container has no right to look there (CAP_SYS_PTRACE): anybody may read this.
    const commandLine = readOrNull(`/proc/${pid}/cmdline`);
    return commandLine === null || commandLine.split("\0").includes(folder);
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

/** The `code` of a system or PostgreSQL error; null for anything else. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : null;
}

/** An error's message, for a sentence: without a full stop at its end. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\.$/, "");
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
