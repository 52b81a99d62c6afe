/** The last seconds of a node that publishers reach by way of a load balancer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";

/** Whether the node has been told to stop: `/readyz` says so, so that nobody is sent to it. */
export class Stopping {
  #is = false;

  get is(): boolean {
    return this.#is;
  }

  /**
   * Goes on answering for `lingerMs`, each answer with `Connection: close`: when the door closes
   * at last, no publisher has a connection on which its next request would be refused.
   */
  async linger(app: FastifyInstance, lingerMs: number): Promise<void> {
    this.#is = true;
    if (lingerMs === 0) return;
    // Before the framework's own listener, which may answer at once.
    app.server.prependListener("request", (_request, response) => {
      response.shouldKeepAlive = false;
    });
    await sleep(lingerMs);
  }
}
