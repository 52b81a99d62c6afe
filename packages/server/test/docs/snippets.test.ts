/**
 * Runs the programs of the docs as printed, with real deliveries by a real service. `npm test` runs
 * the programs for Node.js. `npm run snippets` runs the programs for every installed language, and
 * counts them.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../src/embedded/port.ts";
import { svixId } from "../../src/model/svix-id.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { pasted } from "../support/pasted.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";
import {
  isInstalled,
  isQuick,
  prepare,
  snippetsOf,
  start,
  type RunningSnippet,
  type Snippet,
} from "../support/snippets.ts";

const docs = path.resolve(import.meta.dirname, "../../../../docs");
// Inside the project, so that the programs find its packages as in a customer's project.
const folder = path.resolve(import.meta.dirname, `../../dist/snippets-${randomUUID()}`);
const isEvery = process.env["SNIPPETS"] === "all";
/** The first build in Go or Rust takes minutes on a slow machine. */
const startsWithinMs = isEvery ? 300_000 : 60_000;

const receivers = [...(await snippetsOf("receivers.md")), ...(await snippetsOf("frameworks.md"))];
const everyPublisher = await snippetsOf("publishing.md");
const publishers = everyPublisher.filter(({ language }) => language !== "sql");
const isRun = (snippet: Snippet): boolean =>
  isEvery ? isInstalled(snippet) : isQuick(snippet) && isInstalled(snippet);

let posthorn: TestService;
let receiver: Receiver;
const running: RunningSnippet[] = [];
const started: string[] = [];
const passed: string[] = [];

const orderPaid = { name: "order.paid", description: "A customer paid an order.", example: {} };

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,50ms" } });
  receiver = await startReceiver();
});
afterEach(() => {
  for (const { child } of running.splice(0)) {
    if (child.pid === undefined || child.exitCode !== null) continue;
    process.kill(-child.pid, "SIGKILL");
  }
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
  if (!isEvery) return;
  const untested = [...receivers, ...everyPublisher]
    .filter((each) => each.language !== "sql" && !isRun(each))
    .map(({ name }) => name);
  process.stdout.write(
    `\n${started.length} snippets run: ${passed.length} passed, ` +
      `${started.length - passed.length} failed. ` +
      `${untested.length} untested: ${untested.join(", ")}\n`,
  );
});

async function run(
  snippet: Snippet,
  environment: Readonly<Record<string, string>>,
): Promise<RunningSnippet> {
  const own = path.join(folder, snippet.name);
  const program = start(await prepare(snippet, own), own, environment);
  running.push(program);
  return program;
}

/** Starts a receiver, and waits until the receiver rejects an unsigned request. */
async function startReceiving(snippet: Snippet, secret: string) {
  const port = await freePort();
  const program = await run(snippet, { PORT: String(port), ENDPOINT_SECRET: secret });
  const url = `http://127.0.0.1:${port}/`;
  await until(
    async () => {
      if (program.child.exitCode !== null) throw new Error(`It ended: ${program.output()}`);
      const answer = await fetch(url, { method: "POST", body: "{}" }).catch(() => null);
      return answer?.status === 401;
    },
    `the receiver ${snippet.name} to refuse what is not signed`,
    startsWithinMs,
  );
  return { url, output: program.output };
}

const newSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

test("every contract has a receiver in each tested language, and untested ones say so", () => {
  for (const contract of ["cda", "cadana", "svix", "standard"]) {
    const languages = receivers
      .filter((each) => each.contracts.includes(contract))
      .map(({ language }) => language);
    expect(languages, contract).toEqual(expect.arrayContaining(["js", "python", "go", "java"]));
  }
  const tested = new Set(["js", "python", "go", "java", "rust", "sql"]);
  for (const { language, name, title } of [...receivers, ...everyPublisher]) {
    const isTested = tested.has(language) && name !== "spring";
    expect([name, title.includes("(untested)")]).toEqual([name, !isTested]);
  }
});

describe.each(receivers.map((each) => [each.name, each] as const))("%s", (_, snippet) => {
  test.skipIf(!isRun(snippet))(
    `accepts deliveries (${snippet.contracts.join(", ")}), and none signed with another secret`,
    async () => {
      started.push(snippet.name);
      const secret = newSecret();
      const { url, output } = await startReceiving(snippet, secret);
      for (const contract of snippet.contracts) {
        const { orgId, endpointId } = await subscribe(posthorn, url, { contract, secret });
        const eventId = await publish(posthorn.api, orgId);
        await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
        const shown = contract === "svix" ? svixId("message", eventId) : eventId;
        await until(() => output().includes(`got ${shown}`), `${snippet.name} to print`);
      }
      const [contract = ""] = snippet.contracts;
      const other = await subscribe(posthorn, url, { contract, secret: newSecret() });
      await publish(posthorn.api, other.orgId);
      const filter = `endpoint_id=eq.${other.endpointId}`;
      const row = await deliveryWith(posthorn.api, filter, hasStatus("failed"));
      expect(row["response_status"]).toBe(401);
      passed.push(snippet.name);
    },
    startsWithinMs + 300_000,
  );
});

describe("publishers", () => {
  /** The org's events, once its endpoint has got the first one. */
  async function arrived(orgId: string, endpointId: string): Promise<readonly Row[]> {
    const filter = `endpoint_id=eq.${endpointId}`;
    await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
    return (await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`)).rows;
  }

  beforeAll(async () => {
    await posthorn.api.post("/rest/v1/webhook_event_types", orderPaid);
  });

  test.for(publishers.filter((each) => isRun(each)).map((each) => [each.name, each] as const))(
    "%s publishes once, however often it runs",
    { timeout: startsWithinMs * 2 },
    async ([, snippet]) => {
      started.push(snippet.name);
      const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
      const printed: string[] = [];
      for (const _ of [1, 2]) {
        const environment = { POSTHORN: posthorn.service.url, KEY: adminKey, ORG: orgId };
        const { ended, output } = await run(snippet, environment);
        expect([await ended, output()]).toEqual([0, expect.any(String)]);
        printed.push(output().trim());
      }
      const events = await arrived(orgId, endpointId);
      expect(events).toHaveLength(1);
      expect(printed).toEqual([events[0]?.id, events[0]?.id]);
      expect(events[0]).toMatchObject({ event_type: "order.paid", data: { order_id: "o-1" } });
      passed.push(snippet.name);
    },
  );

  test("publish_node tries again after 409, and fails with the last status and body", async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests += 1;
      const status = requests === 1 ? 409 : 403;
      response.writeHead(status, { "retry-after": "1" }).end("not this one");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const snippet = publishers.find(({ name }) => name === "publish_node")!;
      const environment = { POSTHORN: `http://127.0.0.1:${port}`, KEY: "k", ORG: "o" };
      const { ended, output } = await run(snippet, environment);
      expect([await ended, requests]).toEqual([1, 2]);
      expect(output()).toContain("Status 403: not this one");
    } finally {
      server.close();
    }
  });

  test("publish_sql publishes with the transaction", async () => {
    const snippet = everyPublisher.find(({ language }) => language === "sql");
    started.push("publish_sql");
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const client = new pg.Client(posthorn.databaseUrl);
    await client.connect();
    try {
      await client.query("create table orders (id text, status text)");
      const [, printed = ""] = /org_id\s+=> '([^']+)'/.exec(snippet?.code ?? "") ?? [];
      const code = snippet!.code.replace(printed, orgId);
      await client.query(code.replace("commit;", "rollback;"));
      await client.query(code);
    } finally {
      await client.end();
    }
    expect(await arrived(orgId, endpointId)).toHaveLength(1);
    passed.push(snippet!.name);
  });
});

/** The commands in the shell examples of a page, in order. A command may span several lines. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(
    ([, block]) => block ?? "",
  );
  const commands: string[] = [];
  for (const block of blocks) {
    let open = "";
    for (const line of block.split("\n")) {
      open += `${line}\n`;
      // An apostrophe in a placeholder does not start a quoted string.
      const isQuoted = !line.startsWith("export ") && (open.match(/'/g) ?? []).length % 2 === 1;
      if (isQuoted || line.endsWith("\\")) continue;
      if (open.trim() !== "") commands.push(open.trim());
      open = "";
    }
  }
  return commands;
}

test("the commands of the pages for publishers and customers work one after the other", async () => {
  await posthorn.api.request("DELETE", "/rest/v1/webhook_event_types?name=eq.order.paid");
  const variables: Record<string, string> = { POSTHORN: posthorn.service.url, KEY: adminKey };
  const answers: Record<string, string> = {};
  let count = 0;
  for (const page of ["publishing.md", "customers.md", "console.md"]) {
    const commands = commandsOf(await readFile(path.join(docs, page), "utf8"));
    for (const command of commands) {
      const [, name = "", value = ""] = /^export (\w+)=(.*)$/.exec(command) ?? [];
      if (name !== "") variables[name] ??= value.startsWith("<") ? (answers[name] ?? "") : value;
      if (!command.startsWith("curl ")) continue;
      const local = command.replace("https://example.com/webhooks", receiver.url);
      const { status, text, json } = await pasted(local, variables);
      expect([command, text, status < 300]).toEqual([command, text, true]);
      const row = Object(json) as Readonly<Record<string, string>>;
      if (row["url"] !== undefined && row["secret"] !== undefined) answers["ENDPOINT"] = row["id"]!;
      if (row["event_id"] !== undefined) answers["EVENT"] = row["event_id"];
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(12);
  expect(Object.values(variables)).not.toContain("");
});
