/**
 * pg-boss, configured for speed as its documentation recommends: jobs are inserted in batches, and
 * `work` fetches large batches with `includeMetadata` off. Each batch is processed concurrently and
 * completed by one statement.
 */
import pg from "pg";
import PgBoss from "pg-boss";
import { serveParent } from "../parts/child.ts";
import type { CompetitorStart, Run } from "./competitor.ts";
import {
  AttemptWriter,
  attemptsTable,
  createPoster,
  Progress,
  work,
  type Job,
  type Poster,
} from "./posting.ts";

const queue = "webhooks";
const jobsPerFetch = 500;
const workers = 4;

let boss: PgBoss;
let pool: pg.Pool;
let poster: Poster;
const progress = new Progress();

async function start({ receiverUrl, databaseUrl }: CompetitorStart): Promise<void> {
  poster = createPoster(receiverUrl);
  pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  await pool.query(attemptsTable);
  const attempts = new AttemptWriter(pool);
  boss = new PgBoss({ connectionString: databaseUrl, supervise: false, schedule: false });
  boss.on("error", (error) => process.stderr.write(`pg-boss: ${String(error)}\n`));
  await boss.start();
  await boss.createQueue(queue);
  const options = { batchSize: jobsPerFetch, pollingIntervalSeconds: 0.5 };
  for (let worker = 0; worker < workers; worker += 1) {
    await boss.work<Job>(queue, options, async (jobs) => {
      await Promise.all(jobs.map((job) => work(poster, attempts, job.data)));
      for (const _ of jobs) progress.add();
    });
  }
}

function run(wanted: Run): Promise<number> {
  return progress.run(wanted, (jobs) => boss.insert(jobs.map((data) => ({ name: queue, data }))));
}

serveParent({
  start,
  run,
  stop: async () => {
    await boss.stop({ graceful: false, wait: true });
    await poster.close();
    await pool.end();
  },
});
