/**
 * BullMQ, configured for speed as its documentation recommends: jobs are added in bulk, one worker
 * has a high concurrency, and finished jobs are removed. Redis's settings decide its durability.
 */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
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

const queueName = "posthorn-bench";
const concurrency = 100;

let queue: Queue<Job>;
let worker: Worker<Job>;
let redis: Redis;
let pool: pg.Pool;
let poster: Poster;
const progress = new Progress();

async function start({ receiverUrl, databaseUrl, redisUrl }: CompetitorStart): Promise<void> {
  poster = createPoster(receiverUrl);
  pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  await pool.query(attemptsTable);
  const attempts = new AttemptWriter(pool);
  redis = new Redis(redisUrl ?? "", {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (times > 5 ? null : 200),
  });
  redis.on("error", (error) => process.stderr.write(`Redis: ${error.message}\n`));
  const [, appendOnly] = (await redis.config("GET", "appendonly")) as string[];
  if (appendOnly !== "yes")
    throw new Error("The Redis server at REDIS_URL must run with appendonly yes.");
  queue = new Queue<Job>(queueName, { connection: redis });
  await queue.obliterate({ force: true });
  worker = new Worker<Job>(
    queueName,
    async (job) => {
      await work(poster, attempts, job.data);
      progress.add();
    },
    { connection: redis, concurrency, removeOnComplete: { count: 0 } },
  );
  await worker.waitUntilReady();
}

function run(wanted: Run): Promise<number> {
  return progress.run(wanted, (jobs) =>
    queue.addBulk(jobs.map((data) => ({ name: "webhook", data }))),
  );
}

serveParent({
  start,
  run,
  stop: async () => {
    await worker.close();
    await queue.obliterate({ force: true });
    await queue.close();
    redis.disconnect();
    await poster.close();
    await pool.end();
  },
});
