/**
 * Nodes on one database whose clocks differ by 10 minutes and jump by minutes and hours. One node
 * is frozen for longer than its leases and then continues. Another is cut off from the database for
 * as long and then returns. Other nodes must take over their deliveries, and no late write may
 * succeed.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { Balancer } from "../parts/cluster.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startTcpProxy, type TcpProxy } from "../parts/tcp-proxy.ts";
import { metricOf } from "../parts/metrics.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, startLoad } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { sleep } from "../parts/wait.ts";

const clocksMs = [600_000, 0, -600_000];
/** A node's clock jumps by each of these amounts in turn, for `stepForMs` each time. */
const stepsMs = [-3_600_000, -600_000, 600_000, 3_600_000];
const stepForMs = 8_000;
const stepEachMs = 10_000;
const roundsInEarnest = 5;
/** Longer than a lease of 60 s plus the 5 s until another node finds it. */
const faultMs = 75_000;
const restMs = 10_000;
const orgs = 3;
const publishers = 6;
const pauseMs = 300;
const schedule = "0s,1s,2s,5s,10s";
const attemptsMax = 5;
const settledWithinMs = 150_000;
const acknowledgedWithinMs = 60_000;
const healthCheckMs = 250;

/**
 * Fails one in eight first attempts, after a delay. So a frozen node reads the failure after
 * another node has delivered. With more failures, Posthorn would treat the endpoint as down and
 * throttle it.
 */
const failSomeLate: Answer = (response, arrival, number) => {
  const status = number === 1 && /^[01]/.test(arrival.key) ? 500 : 200;
  setTimeout(() => answerWith(status)(response, arrival, number), 200);
};

const mutations: Mutations = {
  fence: {
    what: "the lease's id as a condition of every settlement",
    file: "postgres/schema-files.js",
    from: 'const text = await readFile(new URL(name, folder), "utf8");',
    // The condition on the lease is in `posthorn.settle_batch`.
    to: `let text = await readFile(new URL(name, folder), "utf8");
      if (name === "settle_batch.sql") {
        const fence = /    and delivery\\.lease_id = input[^;]*?'pending'\\n/g;
        if (!fence.test(text)) throw new Error("The condition on the lease is missing.");
        text = text.replace(fence, "");
      }`,
  },
  clock: {
    what: "a clock that does not step with the machine's, and the database's bounds on it",
    file: "service/database-clock.js",
    from: "return Math.floor(monotonicMs + this.#offsetMs);",
    to: "return Date.now();",
  },
};

export const twoNodes: Drill = {
  name: "two-nodes",
  description:
    "one node is frozen until its leases end, one is disconnected from the database, and clocks " +
    "jump",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    const members: Member[] = [];
    const balancer = new Balancer(context.chance, healthCheckMs);
    try {
      for (const clockMs of clocksMs) members.push(await startMember(context, database, clockMs));
      for (const { node } of members) await balancer.add(node);
      return await drill(context, { database, ledger, receiver, members, balancer });
    } finally {
      balancer.close();
      for (const { node, proxy } of members) {
        await node.kill();
        await proxy.close();
      }
      await receiver.close();
      await database.stop();
    }
  },
};

interface Member {
  readonly node: Node;
  readonly proxy: TcpProxy;
}

async function startMember(
  context: Context,
  database: DrillDatabase,
  clockMs: number,
): Promise<Member> {
  const proxy = await startTcpProxy(database.url);
  const clock = new URL("../preload/clock.js", import.meta.url);
  clock.searchParams.set("ms", String(clockMs));
  clock.searchParams.set("steps", stepsMs.join(","));
  clock.searchParams.set("forMs", String(stepForMs));
  const node = await startNode({
    databaseUrl: proxy.url,
    environment: { POSTHORN_RETRY_SCHEDULE: schedule },
    imports: [clock.href, ...importsFor(mutations, context.broken)],
  });
  return { node, proxy };
}

interface Setup {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly members: readonly Member[];
  readonly balancer: Balancer;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { database, ledger, receiver, members, balancer } = setup;
  const { url } = (members[0] as Member).node;
  await addEventType(url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) {
    await addEndpoint({ url, ledger, receiver, orgId, answer: failSomeLate });
  }
  const load = startLoad({ ledger, nodeUrl: balancer.nodeUrl, orgIds, publishers, pauseMs });
  const rounds = context.short ? 1 : roundsInEarnest;
  for (let round = 0; round < rounds; round += 1) {
    await sleep(restMs);
    context.progress(`round ${round + 1} of ${rounds}`);
    const [frozen, cutOff, stepping] = [0, 1, 2].map((each) => members[(round + each) % 3]);
    await faults(ledger, frozen as Member, cutOff as Member, stepping as Member);
  }
  await load.finish(acknowledgedWithinMs);
  const settledMs = await waitUntilSettled(database, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(database), { attemptsMax });
  const ended = members.filter(({ node }) => node.hasEnded);
  const dead = ended.map(({ node }) => `A node ended by itself: ${node.log().slice(-1500)}`);
  if (dead.length > 0) return { figures: [], violations: [...verdict.violations, ...dead] };
  const refused = await Promise.all(
    members.map(({ node }) => metricOf(node, "posthorn_leases_lost_total")),
  );
  const late = refused.reduce((sum, count) => sum + count, 0);
  return {
    figures: [
      `${rounds} × ${faultMs / 1000} s, one node frozen and one cut off at the same time`,
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `${late} late writes refused; ${verdict.duplicates} duplicates`,
    ],
    violations: [
      ...verdict.violations,
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(late === 0 ? ["No write came late: the drill has shown nothing."] : []),
    ],
  };
}

/**
 * Freezes one node and cuts off another for longer than a lease, while the third node's clock
 * jumps. Then all of them recover.
 */
async function faults(
  ledger: Ledger,
  frozen: Member,
  cutOff: Member,
  stepping: Member,
): Promise<void> {
  ledger.faults.push({ what: "SIGSTOP", atMs: Date.now() }, { what: "cut off", atMs: Date.now() });
  frozen.node.signal("SIGSTOP");
  cutOff.proxy.cut();
  for (let passedMs = 0; passedMs < faultMs; passedMs += stepEachMs) {
    ledger.faults.push({ what: "clock step", atMs: Date.now() });
    stepping.node.signal("SIGUSR2");
    await sleep(Math.min(stepEachMs, faultMs - passedMs));
  }
  cutOff.proxy.heal();
  frozen.node.signal("SIGCONT");
  // The recovered nodes continue their attempts in flight, which explains one more request for
  // each.
  ledger.faults.push({ what: "SIGCONT", atMs: Date.now() }, { what: "healed", atMs: Date.now() });
}
