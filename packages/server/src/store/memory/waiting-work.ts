/** Finds the waiting work. The memory store has no replays, erasures or terminals. */
import type { WaitingWork } from "../store.ts";
import { isReady, type MemoryFanOut } from "./fan-outs.ts";
import type { MemoryDelivery } from "./rows.ts";

export interface WaitingRows {
  readonly deliveries: ReadonlyMap<string, MemoryDelivery>;
  readonly fanOuts: ReadonlyMap<string, MemoryFanOut>;
}

export function waitingWork(
  { deliveries, fanOuts }: WaitingRows,
  nodes: { readonly size: number },
  nowMs: number,
): WaitingWork {
  const due = [...deliveries.values()].filter(
    ({ status, dueAtMs }) => status === "pending" && dueAtMs !== null,
  );
  const first = due.reduce((least, { dueAtMs }) => Math.min(least, dueAtMs ?? least), Infinity);
  return {
    dueInMs: first === Infinity ? null : Math.max(0, first - nowMs),
    hasFanOuts: [...fanOuts.values()].some((each) => isReady(each, nowMs)),
    hasReplays: false,
    hasErasures: false,
    hasTerminals: false,
    hasOtherNodes: nodes.size > 1,
  };
}
