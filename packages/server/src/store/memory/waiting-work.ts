/** What waits for a node. The memory store has no replays, erasures and terminals. */
import type { WaitingWork } from "../store.ts";
import type { MemoryDelivery } from "./rows.ts";

export interface WaitingRows {
  readonly deliveries: ReadonlyMap<string, MemoryDelivery>;
  readonly fanOuts: { readonly size: number };
  readonly endpoint: (id: string) => { readonly isDeleted: boolean } | undefined;
}

export function waitingWork(
  { deliveries, fanOuts, endpoint }: WaitingRows,
  nodes: { readonly size: number },
  nowMs: number,
): WaitingWork {
  const due = [...deliveries.values()].filter(
    ({ status, dueAtMs }) => status === "pending" && dueAtMs !== null,
  );
  const isOrphan = (row: MemoryDelivery): boolean => endpoint(row.endpointId)?.isDeleted ?? true;
  const first = due.reduce((least, { dueAtMs }) => Math.min(least, dueAtMs ?? least), Infinity);
  return {
    dueInMs: first === Infinity ? null : Math.max(0, first - nowMs),
    hasFanOuts: fanOuts.size > 0,
    hasReplays: false,
    hasErasures: false,
    hasOrphans: due.some(isOrphan),
    hasTerminals: false,
    hasOtherNodes: nodes.size > 1,
  };
}
