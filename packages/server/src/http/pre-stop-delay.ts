/** The time between the signal to stop and the closed port, for load balancers to react. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/** True after the signal to stop: `/readyz` then returns 503, so balancers send no new requests. */
export class Stopping {
  #is = false;

  get is(): boolean {
    return this.#is;
  }

  /**
   * Keeps responding for `preStopDelayMs`, each time with `Connection: close`. So no publisher has
   * an open connection, on which its next request would fail, when the port closes.
   */
  async waitBeforeStop(app: FastifyInstance, preStopDelayMs: number): Promise<void> {
    this.#is = true;
    if (preStopDelayMs === 0) return;
    // Registered before the listener of the framework, which may respond synchronously.
    app.server.prependListener("request", (_request, response) => {
      response.shouldKeepAlive = false;
    });
    await sleep(preStopDelayMs);
  }
}
