/** A map of limited size whose entries expire. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly untilMs: number }>();
  readonly #monotonicMs: () => number;
  readonly #lastsMs: number;
  readonly #sizeMax: number;

  /** @param sizeMax at this size, a new entry evicts the entry that was set longest ago. */
  constructor(monotonicMs: () => number, lastsMs: number, sizeMax: number) {
    this.#monotonicMs = monotonicMs;
    this.#lastsMs = lastsMs;
    this.#sizeMax = sizeMax;
  }

  /** True if the map has no entries. An expired entry may still count. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > this.#monotonicMs()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Sets an entry, which expires `lastsMs` from now. */
  set(key: string, value: Value): void {
    // Deletes the entry first, because entries must be in the order in which they expire.
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: this.#monotonicMs() + this.#lastsMs });
    if (this.#entries.size <= this.#sizeMax) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
