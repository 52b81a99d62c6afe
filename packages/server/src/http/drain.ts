/** The common deadline for requests and attempts in progress when the service stops. */
import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";

export class Drain {
  readonly #withinMs: number;
  #endsAtMs: number | null = null;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** Starts the time until the deadline. */
  begin(): void {
    this.#endsAtMs = performance.now() + this.#withinMs;
  }

  /** The remaining time. Before `begin`, this is the full time. */
  leftMs(): number {
    if (this.#endsAtMs === null) return this.#withinMs;
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  /**
   * Accepts no more requests. Requests in progress may finish until the deadline, and are then
   * aborted. Otherwise a client that sends or reads slowly could delay the stop for minutes.
   */
  async close(app: FastifyInstance): Promise<void> {
    const timer = setTimeout(() => app.server.closeAllConnections(), this.leftMs());
    try {
      await app.close();
    } finally {
      clearTimeout(timer);
    }
  }
}
