/**
 * Limits that depend on the process's open files and heap. They are never higher than those in
 * `limits`.
 */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { limits } from "../limits.ts";

export interface Resources {
  /** How many files, including sockets, the process may open; null if the system does not say. */
  readonly openFilesMax: number | null;
  /** V8's heap limit: `--max-old-space-size`, or a fraction of the machine's memory. */
  readonly heapBytesMax: number;
}

export interface Bounds {
  /** Maximum number of sockets to receivers. */
  readonly socketsMax: number;
  /** Maximum number of parallel attempts. */
  readonly inFlightMax: number;
  /** Maximum number of connections of clients. */
  readonly connectionsMax: number;
  /** Maximum number of characters, of one or two bytes each, in the data of queued deliveries. */
  readonly queuedDataCharsMax: number;
  /** Maximum number of characters in the data and bodies of attempts in progress. */
  readonly inFlightDataCharsMax: number;
  /** Maximum number of bytes of events that are waiting for their commit. */
  readonly publishBytesWaitingMax: number;
  /**
   * Maximum number of bytes in one page of rows. Several pages may be built at once, each with
   * several copies.
   */
  readonly answerBytesMax: number;
  /** Maximum number of bytes of responses that clients have not read yet. */
  readonly unreadAnswerBytesMax: number;
}

/**
 * Reads the process's resources. If the limit of open files cannot be read, a node learns it from
 * errors.
 */
export function readResources(): Resources {
  return {
    openFilesMax: readOpenFilesMax(),
    heapBytesMax: getHeapStatistics().heap_size_limit,
  };
}

/**
 * Divides the open files: first the service's own needs, then 60 % of the rest for sockets to
 * receivers, and the remainder for clients. There are fewer attempts than sockets, because some
 * sockets are always being closed.
 */
export function boundsFor({ openFilesMax, heapBytesMax }: Resources): Bounds {
  const files = Math.max(0, (openFilesMax ?? Infinity) - limits.openFilesReserved);
  const socketsMax = atMost(limits.socketsMax, files * 0.6);
  return {
    socketsMax,
    inFlightMax: atMost(limits.inFlightMax, socketsMax * 0.85),
    connectionsMax: atMost(limits.connectionsMax, files - socketsMax),
    queuedDataCharsMax: charsAtMost(limits.queuedDataCharsMax, heapBytesMax / 8),
    inFlightDataCharsMax: charsAtMost(limits.inFlightDataCharsMax, heapBytesMax / 16),
    publishBytesWaitingMax: charsAtMost(limits.publishBytesWaitingMax, heapBytesMax / 32),
    answerBytesMax: charsAtMost(limits.answerBytesMax, heapBytesMax / 32),
    unreadAnswerBytesMax: Math.floor(heapBytesMax / 8),
  };
}

/** Returns a whole number that is at least the minimum that a node needs to work. */
function atMost(most: number, share: number): number {
  return Math.max(limits.inFlightLeast, Math.min(most, Math.floor(share)));
}

/** Returns at least enough characters for some events of the maximum size. */
function charsAtMost(most: number, share: number): number {
  return Math.max(8 * limits.bodyBytesMax, Math.min(most, Math.floor(share)));
}

/**
 * Works only on Linux. Node raises the soft limit to the hard limit when it starts, so this is the
 * effective limit.
 */
function readOpenFilesMax(): number | null {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
