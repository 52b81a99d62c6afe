/** What a container is to the processes in it: a namespace in which ids begin at 1 again. */
import { execFileSync } from "node:child_process";

/** Runs the command that follows as process 1 of a new PID namespace. */
export const unshare: readonly string[] = ["unshare", "--fork", "--pid", "--mount-proc"];

/** Root can make PID namespaces, unless a container forbids it. Tests say when they are skipped. */
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
