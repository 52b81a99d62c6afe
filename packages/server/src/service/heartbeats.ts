/**
 * A node's heartbeats. They show other nodes that this one is not dead, so they are rare while no
 * other node is running and this one has its lock and no work.
 */
import { limits } from "../limits.ts";
import type { Node } from "../pipeline/dispatch/node.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Listener } from "../postgres/listen.ts";
import type { Store } from "../store/store.ts";

export interface Beating {
  readonly node: Pick<Node, "id" | "nodes"> & {
    readonly poller: Pick<Node["poller"], "waiting" | "workCount">;
  };
  readonly store: Pick<Store, "heartbeat">;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
}

/** Sends a heartbeat, and reads the number of running nodes. */
export async function beat({ node, store, clock }: Beating, holdsLock: boolean): Promise<void> {
  const atMs = clock.now();
  const sinceMs = atMs - limits.heartbeatCountsMs;
  node.nodes = await store.heartbeat({ nodeId: node.id, atMs, sinceMs, holdsLock });
}

export class Heartbeats {
  readonly #beating: Beating;
  readonly #listener: Pick<Listener, "holdsLock">;
  #dueAtMs = Number.NEGATIVE_INFINITY;
  #sentWithLock = false;
  #workCount = 0;

  constructor(beating: Beating, listener: Pick<Listener, "holdsLock">) {
    this.#beating = beating;
    this.#listener = listener;
  }

  /** Sends a heartbeat if it is due. Call this method every `limits.heartbeatMs`. */
  async round(): Promise<void> {
    const { node, clock } = this.#beating;
    const { waiting, workCount } = node.poller;
    const holdsLock = this.#listener.holdsLock();
    const isQuiet = !waiting.hasOtherNodes && holdsLock && workCount === this.#workCount;
    this.#workCount = workCount;
    if (isQuiet && this.#sentWithLock && clock.monotonicMs() < this.#dueAtMs) return;
    await beat(this.#beating, holdsLock);
    this.#sentWithLock = holdsLock;
    this.#dueAtMs = clock.monotonicMs() + limits.quietHeartbeatMs;
  }
}
