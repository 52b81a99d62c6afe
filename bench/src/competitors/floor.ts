/**
 * The lower bound of the cost: the least that any sender must do if it stores each delivery in
 * PostgreSQL before sending, and the outcome afterwards. It is written for this one scenario: one
 * row and one update per delivery, hundreds of deliveries per statement, two statements of each
 * kind in flight. It has no fan-out, second index, leases, fairness, limits, retries or metrics,
 * and over HTTP no routes, keys or checks. Every product reaches a smaller share of the bare loop's
 * rate than this sender.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { serveParent } from "../parts/child.ts";
import { nowUs, payload } from "../parts/payload.ts";
import type { CompetitorStart, Run } from "./competitor.ts";
import { createPoster, type Poster } from "./posting.ts";

const insertMax = 200;
const statementsAtOnce = 2;
/** The same number as in the bare loop. */
const postsAtOnce = 64;
/** The number of undelivered events that Posthorn may have in this scenario. */
const waitingMax = 2_000;

const table = `
create table deliveries (
  id uuid primary key, data json not null, status smallint, attempted_at timestamptz
) with (fillfactor = 40)`;

/** One text contains all ids and one all data, because arrays would need escaping on both sides. */
const insertSql = `
insert into deliveries (id, data)
select id::uuid, data::json
from rows from (string_to_table($1, ','), string_to_table($2, E'\\n')) as given (id, data)`;

const updateSql = `
update deliveries set status = 204, attempted_at = now()
from string_to_table($1, ',') as given (id) where deliveries.id = given.id::uuid`;

interface Delivery {
  readonly id: string;
  readonly path: string;
  readonly data: string;
  /** Called when the event is stored durably. */
  readonly onStored: (() => void) | null;
}

let pool: pg.Pool;
let poster: Poster;
let paths: readonly string[] = [];
let failed = (_error: unknown): void => {};
let onFinished = (): void => {};
let added = 0;
let finished = 0;

const arrived: Delivery[] = [];
const stored: Delivery[] = [];
let sent: string[] = [];
const underWay = { insert: 0, post: 0, update: 0 };
let isPumping = false;

/** Ids sort by time, like Posthorn's. Random ids would cost one index page each. */
let lastId = BigInt(`0x${randomUUID().replaceAll("-", "")}`) >> 16n;

function nextId(): string {
  lastId += 1n;
  const hex = lastId.toString(16).padStart(32, "0");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
  return `${parts.join("-")}-${hex.slice(20)}`;
}

function add(data: string, onStored: Delivery["onStored"]): void {
  arrived.push({ id: nextId(), path: paths[added % paths.length] as string, data, onStored });
  added += 1;
  pumpSoon();
}

/** Runs once for all events of one turn of the event loop. */
function pumpSoon(): void {
  if (isPumping) return;
  isPumping = true;
  setImmediate(() => {
    isPumping = false;
    pump();
  });
}

function pump(): void {
  while (underWay.insert < statementsAtOnce && arrived.length > 0) {
    void guarded("insert", () => insert(arrived.splice(0, insertMax)));
  }
  while (underWay.update < statementsAtOnce && sent.length > 0) {
    const ids = sent;
    sent = [];
    void guarded("update", () => update(ids));
  }
}

async function guarded(kind: keyof typeof underWay, work: () => Promise<void>): Promise<void> {
  underWay[kind] += 1;
  try {
    await work();
  } catch (error) {
    failed(error);
  }
  underWay[kind] -= 1;
  pumpSoon();
}

async function insert(rows: readonly Delivery[]): Promise<void> {
  const ids = rows.map(({ id }) => id).join(",");
  const data = rows.map((row) => row.data).join("\n");
  await pool.query({ name: "insert", text: insertSql, values: [ids, data] });
  for (const row of rows) row.onStored?.();
  stored.push(...rows);
  while (underWay.post < Math.min(postsAtOnce, stored.length)) void guarded("post", postAll);
}

async function postAll(): Promise<void> {
  for (let row = stored.shift(); row !== undefined; row = stored.shift()) {
    const status = await poster.post(row.path, row.id, row.data);
    if (status !== 204) throw new Error(`The receiver responded with status ${status}.`);
    sent.push(row.id);
    if (sent.length === 1) pumpSoon();
  }
}

async function update(ids: readonly string[]): Promise<void> {
  await pool.query({ name: "update", text: updateSql, values: [ids.join(",")] });
  finished += ids.length;
  onFinished();
}

async function start({ receiverUrl, databaseUrl }: CompetitorStart): Promise<void> {
  poster = createPoster(receiverUrl);
  pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 2 * statementsAtOnce,
    // Leaves the planner only one plan for the update, a lookup by id. Other plans cost up to five
    // times as much.
    options: "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off",
  });
  await pool.query(table);
}

/**
 * @returns how many milliseconds passed until `count` more deliveries were finished. Calls `more`
 * whenever some finish.
 */
function whenFinished(count: number, more: () => void): Promise<number> {
  const startedUs = nowUs();
  const target = finished + count;
  return new Promise((resolve, reject) => {
    failed = reject;
    onFinished = () => {
      if (finished >= target) resolve((nowUs() - startedUs) / 1000);
      else more();
    };
    more();
  });
}

function run(wanted: Run): Promise<number> {
  paths = wanted.paths;
  const target = added + wanted.count;
  return whenFinished(wanted.count, () => {
    while (added < target && added - finished < waitingMax) add(payload(nowUs()), null);
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (text: string) => (body += text));
  request.on("end", () => {
    const { data } = JSON.parse(body) as { data: unknown };
    add(JSON.stringify(data), () => response.writeHead(201, { "content-length": 0 }).end());
  });
}

const server = createServer({ noDelay: true }, answer);

/**
 * Accepts one event per request.
 * @returns the server's URL.
 */
async function listen(): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

serveParent({
  start,
  run,
  listen,
  waitFinished: (wanted: Run) => {
    paths = wanted.paths;
    return whenFinished(wanted.count, () => {});
  },
  stop: async () => {
    server.close();
    await poster.close();
    await pool.end();
  },
});
