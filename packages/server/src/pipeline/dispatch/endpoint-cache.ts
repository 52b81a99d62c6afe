/**
 * Caches endpoints by version, so that sending needs no query. It never returns an older version
 * than the publish or claim statement saw.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import type { Store } from "../../store/store.ts";

export class EndpointCache {
  readonly #store: Pick<Store, "endpoints">;
  readonly #cachedMax: number;
  /** Endpoints by id. The endpoint that was loaded first comes first. */
  readonly #cache = new Map<string, Endpoint>();

  constructor(store: Pick<Store, "endpoints">, cachedMax: number) {
    this.#store = store;
    this.#cachedMax = cachedMax;
  }

  /** Returns the endpoint if the cache has this version or a newer one. */
  cached(id: string, versionMin: number): Endpoint | undefined {
    const endpoint = this.#cache.get(id);
    return endpoint !== undefined && endpoint.version >= versionMin ? endpoint : undefined;
  }

  /** Returns the newest version that this node knows. */
  latest(id: string): Endpoint | undefined {
    return this.#cache.get(id);
  }

  /** Loads endpoints that are not cached. Deleted endpoints are missing in the result. */
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

  /** Reloads changed endpoints that are cached. */
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
      // Cache a deleted endpoint as inactive, so that its queued deliveries are given back.
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
