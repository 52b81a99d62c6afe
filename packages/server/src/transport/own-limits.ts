/**
 * Limits of this process and its machine. An attempt that reaches such a limit does not show a
 * problem of its receiver. Without this distinction, 174 dead letters were once blamed on receivers
 * because the process could open only 256 files.
 */
import { openSync, closeSync } from "node:fs";
import { isIPv6 } from "node:net";
import { devNull, networkInterfaces } from "node:os";
import { errorCode } from "../errors/reasons.ts";
import type { Failure } from "./failure.ts";

const messages: Readonly<Record<string, string>> = {
  EMFILE: "Posthorn has reached its limit of open files.",
  ENFILE: "The machine has reached its limit of open files.",
  ENOBUFS: "The machine has no memory left for another socket.",
  ENOMEM: "The machine has no memory left for another socket.",
  EADDRNOTAVAIL: "The machine has no free local port left for another connection.",
};

const ownFileMessage = "Posthorn could not read one of its own files.";

/**
 * For this long after an error that shows a shortage of open files, failed DNS queries are assumed
 * to have the same cause.
 */
const shortageLastsMs = 1_000;
let shortOfFilesAtMs = Number.NEGATIVE_INFINITY;

/**
 * Returns the failure if the error, or one inside it, is a limit of Posthorn or its machine;
 * otherwise null.
 */
export function ownLimitFailure(error: unknown): Failure | null {
  // Node tries several addresses in turn, and reports all their errors together.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  for (const each of errors) {
    const code = errorCode(each) ?? "";
    const message = messages[code] ?? (isOfOwnFile(each) ? ownFileMessage : undefined);
    if (message === undefined || isMissingIpv6(code, each)) continue;
    if (code === "EMFILE" || code === "ENFILE") shortOfFilesAtMs = performance.now();
    return { class: "resources", message };
  }
  return null;
}

/**
 * Returns whether this process can open no more files. c-ares reports "connection refused" if it
 * cannot open a socket, so this function tries to open a file.
 */
export function isShortOfFiles(): boolean {
  if (performance.now() - shortOfFilesAtMs < shortageLastsMs) return true;
  try {
    closeSync(openSync(devNull, "r"));
    return false;
  } catch (error) {
    return ownLimitFailure(error) !== null;
  }
}

export const shortOfFilesFailure: Failure = {
  class: "resources",
  message: "Posthorn has reached its limit of open files and cannot resolve a host name.",
};

/** A file that a library loads later may be missing while a newer build replaces this one. */
function isOfOwnFile(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "open";
}

/**
 * Returns whether the machine has no IPv6: it then reports this code for all IPv6 addresses, and
 * waiting does not help.
 */
function isMissingIpv6(code: string, error: unknown): boolean {
  if (code !== "EADDRNOTAVAIL" || !(error instanceof Error) || !("address" in error)) return false;
  if (typeof error.address !== "string" || !isIPv6(error.address)) return false;
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return !addresses.some(({ family, address }) => family === "IPv6" && !/^fe80/i.test(address));
}
