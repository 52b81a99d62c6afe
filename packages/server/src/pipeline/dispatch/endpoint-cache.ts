/**
 * The node's view of endpoints: cached by version, so that a send needs no query, and never a
 * state older than the one that the publish or claim statement saw.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import type { Store } from "../../store/store.ts";

export class EndpointCache {
  readonly #store: Pick<Store, "endpoints">;
  readonly #cachedMax: number;
  /** In order of loading, oldest first. */
  readonly #cache = new Map<string, Endpoint>();

  constructor(store: Pick<Store, "endpoints">, cachedMax: number) {
    this.#store = store;
    this.#cachedMax = cachedMax;
  }

  /** The endpoint if it is cached in this version or a newer one. */
  cached(id: string, versionMin: number): Endpoint | undefined {
    const endpoint = this.#cache.get(id);
    return endpoint !== undefined && endpoint.version >= versionMin ? endpoint : undefined;
  }

  /** The newest state that this node knows of, whatever its version. */
  latest(id: string): Endpoint | undefined {
    return this.#cache.get(id);
  }

  /** Loads what is missing; endpoints deleted meanwhile are missing in the answer. */
  async load(wanted: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, Endpoint>> {
    const found = new Map<string, Endpoint>();
    const missing: string[] = [];
    for (const [id, versionMin] of wanted) {
      const endpoint = this.cached(id, versionMin);
      if (endpoint === undefined) missing.push(id);
      else found.set(id, endpoint);
    }
    if (missing.length === 0) return found;
    for (const endpoint of await this.#store.endpoints(missing)) {
      this.#remember(endpoint);
      found.set(endpoint.id, endpoint);
    }
    return found;
  }

  /** Takes the present state of an endpoint that changed, if this node has it cached. */
  async refresh(ids: readonly string[]): Promise<void> {
    const known = ids.filter((id) => this.#cache.has(id));
    if (known.length === 0) return;
    const gone = new Set(known);
    for (const endpoint of await this.#store.endpoints(known)) {
      gone.delete(endpoint.id);
      this.#remember(endpoint);
    }
    for (const id of gone) {
      const last = this.#cache.get(id);
      // A deleted endpoint stays as an inactive one, so that what is queued for it is given back.
      if (last !== undefined) this.#cache.set(id, { ...last, isActive: false });
    }
  }

  #remember(endpoint: Endpoint): void {
    const known = this.#cache.get(endpoint.id);
    if (known !== undefined && known.version > endpoint.version) return;
    this.#cache.delete(endpoint.id);
    this.#cache.set(endpoint.id, endpoint);
    if (this.#cache.size <= this.#cachedMax) return;
    const oldest = this.#cache.keys().next();
    if (oldest.done !== true) this.#cache.delete(oldest.value);
  }
}
