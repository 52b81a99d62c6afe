/**
 * graphile-worker, configured for speed as its documentation recommends: jobs are added in batches,
 * a local queue fetches 500 at once, and completions are written in batches.
 */
import {
  Logger,
  makeWorkerUtils,
  run as runWorker,
  type Runner,
  type WorkerUtils,
} from "graphile-worker";
import pg from "pg";
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

const concurrentJobs = 64;

let runner: Runner;
let utils: WorkerUtils;
let pool: pg.Pool;
let poster: Poster;
const progress = new Progress();

async function start({ receiverUrl, databaseUrl }: CompetitorStart): Promise<void> {
  poster = createPoster(receiverUrl);
  pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  await pool.query(attemptsTable);
  const attempts = new AttemptWriter(pool);
  utils = await makeWorkerUtils({ pgPool: pool });
  await utils.migrate();
  runner = await runWorker({
    pgPool: pool,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    preset: {
      worker: {
        concurrentJobs,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
    },
    taskList: {
      async webhook(job) {
        await work(poster, attempts, job as Job);
        progress.add();
      },
    },
  });
}

function run(wanted: Run): Promise<number> {
  return progress.run(wanted, (jobs) =>
    utils.addJobs(jobs.map((job) => ({ identifier: "webhook", payload: job }))),
  );
}

serveParent({
  start,
  run,
  stop: async () => {
    await runner.stop();
    await utils.release();
    await poster.close();
    await pool.end();
  },
});
