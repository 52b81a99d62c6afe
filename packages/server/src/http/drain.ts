/** The deadline by which running requests and attempts must finish: one for both. */
import { performance } from "node:perf_hooks";
import type { FastifyInstance } from "fastify";

export class Drain {
  readonly #withinMs: number;
  #endsAtMs: number | null = null;

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** Starts the deadline. */
  begin(): void {
    this.#endsAtMs = performance.now() + this.#withinMs;
  }

  /** The remaining time; all of it before the start. */
  leftMs(): number {
    if (this.#endsAtMs === null) return this.#withinMs;
    return Math.max(0, this.#endsAtMs - performance.now());
  }

  /**
   * Accepts no more requests and lets running ones finish until the deadline, then aborts them. A
   * client that sends or reads slowly could otherwise delay the stop for minutes.
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
