/**
 * How many deliveries a node queues, and how many attempts it makes in parallel. The values come
 * from `limits`, and are lower if the process has fewer resources.
 */
import { limits } from "../../limits.ts";
import type { FairQueueOptions } from "./queue.ts";

type BoundName = "inFlightMax" | "queuedDataCharsMax" | "inFlightDataCharsMax";
export type NodeBounds = Readonly<Record<BoundName | "publishBytesWaitingMax", number>>;

/** The options of the queue that are numbers. */
export function queueBounds(
  bounds: NodeBounds,
): Omit<FairQueueOptions, "clock" | "isStale" | "onStale" | "onReady"> {
  const { inFlightMax, queuedDataCharsMax, inFlightDataCharsMax } = bounds;
  return {
    perEndpointMax: limits.queuedPerEndpointMax,
    totalMax: limits.queuedDeliveriesMax,
    charsMax: queuedDataCharsMax,
    charsPerAttempt: inFlightDataCharsMax / inFlightMax,
    // More attempts would only wait, because an endpoint can use at most half of the sockets to its
    // origin.
    endpointInFlightMax: limits.socketsPerOriginMax / 2,
    inFlightMax,
    inFlightReserved: Math.min(limits.inFlightReserved, Math.floor(inFlightMax / 8)),
    retriesInFlightMax: Math.floor(inFlightMax * limits.retryShareMax),
  };
}
