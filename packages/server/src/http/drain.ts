/** The time that requests and attempts under way have to finish: one deadline for both. */
import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";

export class Drain {
  readonly #withinMs: number;
  #endsAtMs: number | null = null;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** Its time runs from now on. */
  begin(): void {
    this.#endsAtMs = performance.now() + this.#withinMs;
  }

  /** What is left of it; all of it before it began. */
  leftMs(): number {
    if (this.#endsAtMs === null) return this.#withinMs;
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  /**
   * Takes no more requests and lets those under way finish. When the time is over, it cuts them
   * off: a client that sends or reads slowly could hold the stop up for minutes.
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
