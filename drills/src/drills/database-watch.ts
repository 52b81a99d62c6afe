/**
 * Requests a node's health and publishes events, again and again. Every request must get a
 * response.
 */
import { randomUUID } from "node:crypto";
import { call } from "../parts/api.ts";
import type { Ledger, Publication } from "../parts/ledger.ts";
import { sleep } from "../parts/wait.ts";

const everyMs = 50;
/**
 * How fast a live node must respond, whatever its database does: half of a statement's timeout. On
 * two cores with four drills, a process may get no CPU time for more than 2 s, so the limit is not
 * lower.
 */
const aliveWithinMs = 10_000;
/** The timeout of a statement (20 s), and one second for everything else. */
const answeredWithinMs = 21_000;
/** How soon after the server's end the node must report that it is not ready. */
const noticedWithinMs = 1_000;

export class Watch {
  readonly #url: string;
  readonly #orgId: string;
  readonly #ledger: Ledger;
  readonly #lies: string[] = [];
  readonly #loops: Promise<void>[];
  #isClosed = false;
  #downSinceMs = Infinity;
  #sawNotReady = 0;
  #refused = 0;
  #slowestMs = 0;

  constructor(url: string, orgId: string, ledger: Ledger) {
    this.#url = url;
    this.#orgId = orgId;
    this.#ledger = ledger;
    const looks = [() => this.#lookAlive(), () => this.#lookReady(), () => this.#publish()];
    this.#loops = looks.map((look) => this.#repeat(look));
  }

  mustBeDown(isDown: boolean): void {
    this.#downSinceMs = isDown ? performance.now() : Infinity;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#loops);
  }

  figures(): string[] {
    return [
      `${this.#refused} publishes of the watch answered 503 with Retry-After, ` +
        `the slowest answer after ${Math.round(this.#slowestMs)} ms; ` +
        `/readyz said no ${this.#sawNotReady} times`,
    ];
  }

  violations(): string[] {
    const quoted = this.#lies.slice(0, 5).join(" ");
    return [
      ...(this.#lies.length === 0 ? [] : [`${this.#lies.length} × wrong answer: ${quoted}`]),
      ...(this.#refused === 0 ? ["No publish was ever refused: the drill has shown nothing."] : []),
    ];
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    while (!this.#isClosed) {
      await look();
      await sleep(everyMs);
    }
  }

  async #lookAlive(): Promise<void> {
    const status = await this.#statusOf("/healthz", aliveWithinMs);
    if (status !== 200) this.#lies.push(`/healthz: ${status}.`);
  }

  async #lookReady(): Promise<void> {
    const downSinceMs = this.#downSinceMs;
    const mustSayNo = performance.now() - downSinceMs > noticedWithinMs;
    const status = await this.#statusOf("/readyz", answeredWithinMs);
    if (status === 503) this.#sawNotReady += 1;
    else if (status !== 200) this.#lies.push(`/readyz: ${status}.`);
    // Judges only requests sent while the server was down and answered before its restart.
    if (mustSayNo && status === 200 && this.#downSinceMs === downSinceMs) {
      this.#lies.push("/readyz: 200 without a database.");
    }
  }

  async #statusOf(path: string, withinMs: number): Promise<number | string> {
    try {
      const signal = AbortSignal.timeout(withinMs);
      const response = await fetch(this.#url + path, { signal });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      return `no answer within ${withinMs} ms, ${String(error)}`;
    }
  }

  async #publish(): Promise<void> {
    const key = randomUUID();
    const dataJson = `{"key":"${key}"}`;
    const publication: Publication = {
      key,
      orgId: this.#orgId,
      dataJson,
      begunAtMs: Date.now(),
      acknowledged: null,
    };
    this.#ledger.publications.set(key, publication);
    const event =
      `{"org_id":"${this.#orgId}","event_type":"drill.happened","idempotency_key":"${key}",` +
      `"data":${dataJson}}`;
    const startedAtMs = performance.now();
    try {
      const { status, headers, text } = await call(this.#url, "POST", "webhook_events", event, {
        prefer: "return=headers-only",
      });
      const tookMs = performance.now() - startedAtMs;
      this.#slowestMs = Math.max(this.#slowestMs, tookMs);
      if (tookMs > answeredWithinMs) this.#lies.push(`A publish hung for ${tookMs} ms.`);
      if (status === 201) {
        const eventId = headers.get("location")?.split("=eq.")[1] ?? "";
        publication.acknowledged = { eventId, atMs: Date.now() };
      } else if (status === 503 && headers.has("retry-after")) this.#refused += 1;
      else this.#lies.push(`A publish: ${status} ${text.slice(0, 200)}.`);
    } catch (error) {
      this.#lies.push(`A publish was not answered: ${String(error)}.`);
    }
  }
}
