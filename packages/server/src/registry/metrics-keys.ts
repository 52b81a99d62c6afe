/**
 * The keys with the role `metrics` that a node has read or accepted. It accepts them while it
 * cannot ask the database, because otherwise no scrape could show that the database is down.
 */
import { limits } from "../limits.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

interface MetricsKey {
  readonly keyId: string;
  readonly expiresAtMs: number;
}

interface Kept extends MetricsKey {
  /** The time of a monotonic clock. */
  readonly readAtMs: number;
}

export class MetricsKeys {
  readonly #database: Queryable;
  readonly #clock: Clock;
  /** By the hash of the key, in base64. */
  #kept = new Map<string, Kept>();

  constructor(database: Queryable, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Reads the newest `limits.metricsKeysKeptMax` keys. */
  async read(): Promise<void> {
    const { rows } = await this.#database.query<{
      id: string;
      key_hash: Buffer;
      expires_at: Date | null;
    }>({
      name: "metrics_keys",
      text: `select id, key_hash, expires_at from posthorn.api_keys
             where role = 'metrics' order by id desc limit $1`,
      values: [limits.metricsKeysKeptMax],
    });
    this.#kept.clear();
    for (const { id: keyId, key_hash: keyHash, expires_at: expiresAt } of rows) {
      const expiresAtMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
      this.keep(keyHash.toString("base64"), { keyId, expiresAtMs });
    }
  }

  /** Keeps a key that the database has just shown to be valid. */
  keep(keyHash: string, key: MetricsKey): void {
    if (this.#kept.size >= limits.metricsKeysKeptMax && !this.#kept.has(keyHash)) return;
    this.#kept.set(keyHash, { ...key, readAtMs: this.#clock.monotonicMs() });
  }

  /** Returns the key's id; null if it is unknown, expired, or was read too long ago. */
  find(keyHash: string): string | null {
    const kept = this.#kept.get(keyHash);
    if (kept === undefined) return null;
    if (this.#clock.monotonicMs() - kept.readAtMs >= limits.metricsKeysKeptMs) return null;
    return kept.expiresAtMs > this.#clock.now() ? kept.keyId : null;
  }

  /** Drops a key that the database does not have. */
  drop(keyHash: string): void {
    this.#kept.delete(keyHash);
  }

  /** Called when keys are deleted on this node. The next read finds those that are left. */
  forget(): void {
    this.#kept.clear();
  }
}
