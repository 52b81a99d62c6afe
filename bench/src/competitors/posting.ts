/** What every competitor except Posthorn does for a job: sign, POST, and store the attempt. */
import { randomUUID } from "node:crypto";
import { cdaScheme, compileScheme, prepareKey, standardScheme } from "@posthorn/consumer";
import type pg from "pg";
import { Pool } from "undici";
import { nowUs, payload } from "../parts/payload.ts";
import type { Run } from "./competitor.ts";

const schemes = { cda: compileScheme(cdaScheme), standard: compileScheme(standardScheme) };
const keys = [prepareKey(`whsec_${Buffer.alloc(32, 7).toString("base64")}`)];

/** The number of sockets that Posthorn opens to one origin. */
const sockets = 64;

export interface Poster {
  /**
   * Posts one event.
   * @returns the response's status.
   */
  post(path: string, id: string, dataJson: string): Promise<number>;
  close(): Promise<void>;
}

/** Posts with the same envelope, headers and signatures as Posthorn's default contract. */
export function createPoster(origin: string): Poster {
  const pool = new Pool(origin, { connections: sockets, pipelining: 1 });
  return {
    async post(path, id, dataJson) {
      const now = Date.now();
      const at = new Date(now).toISOString();
      const body = `{"event":"bench.happened","timestamp":"${at}","data":${dataJson}}`;
      const timestamp = Math.floor(now / 1000);
      const signed = { id, timestamp, body };
      const response = await pool.request({
        method: "POST",
        path,
        headers: {
          "content-type": "application/json",
          "user-agent": "bench",
          "webhook-id": id,
          "webhook-timestamp": String(timestamp),
          "x-cda-signature": schemes.cda.headerValue(keys, signed),
          "webhook-signature": schemes.standard.headerValue(keys, signed),
        },
        body,
      });
      await response.body.dump();
      return response.statusCode;
    },
    close: () => pool.destroy(),
  };
}

export interface Attempt {
  readonly id: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
}

export const attemptsTable = `
create table attempts (
  id uuid primary key, path text not null, status smallint not null, duration_ms integer not null,
  attempted_at timestamptz not null default now()
)`;

/**
 * Stores attempts in groups: while one statement runs, the next attempts are collected. One insert
 * per job would cost the competitors more than their own work.
 */
export class AttemptWriter {
  readonly #pool: pg.Pool;
  #gathering: { readonly attempt: Attempt; resolve(): void; reject(error: unknown): void }[] = [];
  #isWriting = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  write(attempt: Attempt): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#gathering.push({ attempt, resolve, reject });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#gathering.length > 0) {
      // Waits for one turn of the event loop, so that attempts that end together share one insert.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#gathering.splice(0, 1000);
      try {
        await this.#pool.query({
          name: "attempts",
          text: `insert into attempts (id, path, status, duration_ms)
                 select * from unnest($1::uuid[], $2::text[], $3::smallint[], $4::integer[])`,
          values: [
            group.map(({ attempt }) => attempt.id),
            group.map(({ attempt }) => attempt.path),
            group.map(({ attempt }) => attempt.status),
            group.map(({ attempt }) => attempt.durationMs),
          ],
        });
        for (const each of group) each.resolve();
      } catch (error) {
        for (const each of group) each.reject(error);
      }
    }
    this.#isWriting = false;
  }
}

/** The work of one job, the same for all job queues. A status other than 2xx fails the job. */
export async function work(
  poster: Poster,
  attempts: AttemptWriter,
  job: { readonly id: string; readonly path: string; readonly data: string },
): Promise<void> {
  const startedMs = performance.now();
  const status = await poster.post(job.path, job.id, job.data);
  const durationMs = Math.round(performance.now() - startedMs);
  await attempts.write({ id: job.id, path: job.path, status, durationMs });
  if (status < 200 || status > 299)
    throw new Error(`The receiver responded with status ${status}.`);
}

export interface Job {
  readonly id: string;
  readonly path: string;
  readonly data: string;
}

/** How many jobs of the current run are finished. */
export class Progress {
  #done = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #resolve = (): void => {};

  add(): void {
    this.#done += 1;
    if (this.#done >= this.#wanted) this.#resolve();
  }

  /**
   * A complete run of a competitor: adds `count` jobs to its queue in batches while its workers
   * run.
   * @returns how many milliseconds passed from the first batch to the end of the last job.
   */
  async run({ count, paths }: Run, add: (jobs: readonly Job[]) => Promise<unknown>) {
    this.#done = 0;
    this.#wanted = count;
    const finished = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    const startedUs = nowUs();
    for (let first = 0; first < count; first += jobsPerBatch) {
      const jobs = Array.from({ length: Math.min(jobsPerBatch, count - first) }, (_, index) => ({
        id: randomUUID(),
        path: paths[(first + index) % paths.length] as string,
        data: payload(nowUs()),
      }));
      await add(jobs);
    }
    await finished;
    return (nowUs() - startedUs) / 1000;
  }
}

/** How many jobs one call adds to a queue. */
const jobsPerBatch = 1_000;
