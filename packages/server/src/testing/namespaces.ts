/** Imitates the process ids of a container with a namespace in which they start at 1 again. */
import { execFileSync } from "node:child_process";

/** Runs the command after it as process 1 of a new PID namespace. */
export const unshare: readonly string[] = ["unshare", "--fork", "--pid", "--mount-proc"];

/**
 * Root can create PID namespaces, unless a container forbids it. If that is not possible, tests are
 * skipped.
 */
export const hasNamespaces: boolean = canUnshare();

function canUnshare(): boolean {
  try {
    const [command = "", ...args] = unshare;
    execFileSync(command, [...args, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
