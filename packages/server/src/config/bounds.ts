/**
 * Bounds that depend on the resources of this process: open files, and heap. Never above `limits`.
 */
import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { limits } from "../limits.ts";

export interface Resources {
  /**
   * The open files that the process may have, including sockets; null if the system does not say.
   */
  readonly openFilesMax: number | null;
  /** The heap limit of V8: `--max-old-space-size`, or its share of the memory. */
  readonly heapBytesMax: number;
}

export interface Bounds {
  /** Sockets to receivers. */
  readonly socketsMax: number;
  /** Parallel attempts. */
  readonly inFlightMax: number;
  /** Connections of clients. */
  readonly connectionsMax: number;
  /** Characters of the data of events in memory: one or two bytes each. */
  readonly queuedDataCharsMax: number;
  /** The same for attempts in progress: each holds its event's data and its body. */
  readonly inFlightDataCharsMax: number;
  /** The same for events that wait for their commit. */
  readonly publishBytesWaitingMax: number;
  /** Bytes in one page of rows. Several pages are built at once, each with several copies. */
  readonly answerBytesMax: number;
  /** Bytes of all responses that wait for their clients to read them. */
  readonly unreadAnswerBytesMax: number;
}

/** If the limit of open files cannot be read, a node learns it from errors. */
export function readResources(): Resources {
  return {
    openFilesMax: readOpenFilesMax(),
    heapBytesMax: getHeapStatistics().heap_size_limit,
  };
}

/**
 * Files: first the needs of the service itself, then 60 % of the rest for sockets to receivers, and
 * the remainder for clients. Some sockets are always closing, so there are fewer attempts than
 * sockets.
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

/** Whole, and at least the minimum that a node needs to work. */
function atMost(most: number, share: number): number {
  return Math.max(limits.inFlightLeast, Math.min(most, Math.floor(share)));
}

/** Enough for at least some events of the maximum size. */
function charsAtMost(most: number, share: number): number {
  return Math.max(8 * limits.bodyBytesMax, Math.min(most, Math.floor(share)));
}

/** Linux. Node raises the soft limit to the hard one at its start, so this is the effective one. */
function readOpenFilesMax(): number | null {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
