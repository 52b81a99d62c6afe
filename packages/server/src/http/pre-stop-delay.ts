/** Delays the stop after the signal, so that load balancers can react before the port closes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/**
 * Becomes true after the signal to stop. `/readyz` then returns 503, so that load balancers send no
 * new requests.
 */
export class Stopping {
  #is = false;

  get is(): boolean {
    return this.#is;
  }

  /**
   * Keeps responding for `preStopDelayMs`, with `Connection: close` in each response. So when the
   * port closes, no publisher keeps a connection on which its next request would fail.
   */
  async waitBeforeStop(app: FastifyInstance, preStopDelayMs: number): Promise<void> {
    this.#is = true;
    if (preStopDelayMs === 0) return;
    // Registered before the framework's listener, because that listener may respond synchronously.
    app.server.prependListener("request", (_request, response) => {
      response.shouldKeepAlive = false;
    });
    await sleep(preStopDelayMs);
  }
}
