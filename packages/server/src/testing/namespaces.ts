/**
 * For tests that imitate a container: starts a command in a PID namespace, so that its process id
 * is 1.
 */
import { execFileSync } from "node:child_process";

/** The first words of a command line. They run the rest as process 1 of a new PID namespace. */
export const unshare: readonly string[] = ["unshare", "--fork", "--pid", "--mount-proc"];

/**
 * Whether the tests can create a PID namespace. Only root can, and some containers forbid it. If
 * this is false, tests that need a namespace are skipped.
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
