/** Several nodes behind a load balancer. */
import type { Chance } from "./chance.ts";
import type { Node } from "./node.ts";

const checkMs = 1_000;

/** Chooses one of the ready nodes, like a load balancer with a health check. */
export class Balancer {
  readonly #chance: Chance;
  readonly #nodes = new Set<Node>();
  #ready: readonly Node[] = [];
  readonly #timer: NodeJS.Timeout;
  /** @param everyMs the time between two health checks of a node. */
  constructor(chance: Chance, everyMs: number) {
    this.#chance = chance;
    this.#timer = setInterval(() => void this.#check(), everyMs);
  }

  /** Adds a node, which gets requests as soon as it is ready. */
  async add(node: Node): Promise<void> {
    this.#nodes.add(node);
    await this.#check();
  }

  remove(node: Node): void {
    this.#nodes.delete(node);
    this.#ready = this.#ready.filter((each) => each !== node);
  }

  readonly nodeUrl = (): string | null =>
    this.#ready.length === 0 ? null : this.#chance.oneOf(this.#ready).url;

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    const nodes = [...this.#nodes];
    const are = await Promise.all(nodes.map((node) => isReady(node)));
    this.#ready = nodes.filter((node, index) => are[index] === true && this.#nodes.has(node));
  }
}

async function isReady(node: Node): Promise<boolean> {
  try {
    const response = await fetch(`${node.url}/readyz`, { signal: AbortSignal.timeout(checkMs) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
