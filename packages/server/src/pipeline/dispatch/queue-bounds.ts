/** How much a node holds and has under way: the limits, or less where the process has less room. */
import { limits } from "../../limits.ts";
import type { FairQueueOptions } from "./queue.ts";

type BoundName = "inFlightMax" | "queuedDataCharsMax" | "inFlightDataCharsMax";
export type NodeBounds = Readonly<Record<BoundName | "publishBytesWaitingMax", number>>;

/** The numbers among the queue's options. */
export function queueBounds(
  bounds: NodeBounds,
): Omit<FairQueueOptions, "clock" | "isStale" | "onStale" | "onReady"> {
  const { inFlightMax, queuedDataCharsMax, inFlightDataCharsMax } = bounds;
  return {
    perEndpointMax: limits.queuedPerEndpointMax,
    totalMax: limits.queuedDeliveriesMax,
    charsMax: queuedDataCharsMax,
    charsPerAttempt: inFlightDataCharsMax / inFlightMax,
    // An endpoint never has more of its origin's sockets: further attempts would wait for them.
    endpointInFlightMax: limits.socketsPerOriginMax / 2,
    inFlightMax,
    inFlightReserved: Math.min(limits.inFlightReserved, Math.floor(inFlightMax / 8)),
    retriesInFlightMax: Math.floor(inFlightMax * limits.retryShareMax),
  };
}
