/** The commands that call the API, against one real service. */
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCommandLine, type CommandLine, type Ran } from "../support/command-line.ts";
import { probeOrgId } from "../../src/model/probe.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";

let service: TestService;
let receiver: Receiver;
let line: CommandLine;

beforeAll(async () => {
  service = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,1h" } });
  receiver = await startReceiver(answerStatus(200));
  line = await createCommandLine({ POSTHORN_URL: service.service.url, POSTHORN_KEY: adminKey });
});
afterAll(async () => {
  await receiver.close();
  await service.close();
  await rm(line.folder, { recursive: true, force: true });
});

/** Runs a command, and fails the test unless the command succeeds. */
async function run(...args: string[]): Promise<Ran> {
  const ran = await line.run(args);
  expect(ran, args.join(" ")).toMatchObject({ exitCode: 0, err: "" });
  return ran;
}

async function rows(...args: string[]): Promise<Row[]> {
  const { out } = await run(...args, "--json");
  const json: unknown = JSON.parse(out);
  return (Array.isArray(json) ? json : [json]) as Row[];
}

async function newEndpoint(orgId: string, url = receiver.url): Promise<string> {
  const [row] = await rows("endpoints", "create", url, "--org", orgId);
  return String(row?.id);
}

/** The columns of a table's first row, without the header. */
function firstRow(table: string): readonly string[] {
  return table.split("\n")[1]?.split(/ {2,}/) ?? [];
}

describe("keys", () => {
  test("are created, listed and revoked; the key is alone on the last line", async () => {
    const org = randomUUID();
    const created = await run("keys", "create", "--org", org, "--role", "publish", "--name", "ci");
    const key = created.out.trimEnd().split("\n").at(-1) ?? "";
    expect(key).toMatch(/^phk_\S+$/);
    const listed = await run("keys", "list", "--org", org);
    expect(firstRow(listed.out).slice(1, 4)).toEqual([org, "ci", "publish"]);
    expect(listed.out).not.toContain(key);
    const [row] = await rows("keys", "list", "--org", org);
    await run("keys", "revoke", String(row?.id));
    expect((await run("keys", "list", "--org", org)).out).toBe("No rows.\n");
    const again = await line.run(["keys", "revoke", String(row?.id)]);
    expect(again).toMatchObject({ exitCode: 4, out: "" });
    expect(again.err).toContain("(PH_NOT_FOUND)");
  });

  test("for Svix's libraries belong to no org and have no other role", async () => {
    const { out } = await run("keys", "create", "--svix", "--name", "svix");
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^testsk_\S+$/);
    const both = await line.run(["keys", "create", "--svix", "--role", "metrics"]);
    expect(both).toMatchObject({ exitCode: 2, out: "" });
  });

  test("expire after a duration", async () => {
    const org = randomUUID();
    const args = ["keys", "create", "--org", org, "--role", "read", "--expires", "30d"];
    const [row] = await rows(...args);
    const days = (Date.parse(String(row?.["expires_at"])) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);
  });
});

describe("endpoints", () => {
  test("are created, listed, changed and deleted", async () => {
    const org = randomUUID();
    const options = ["--events", "scan.completed", "--header", "X-Tenant: a:b"];
    const create = ["endpoints", "create", receiver.url, "--org", org, ...options];
    const created = await run(...create, "--rate-per-second", "5");
    expect(created.out).toMatch(/^secret {2}whsec_\S+ {2}\(shown only once\)$/m);
    const [row] = await rows("endpoints", "list", "--org", org);
    const id = String(row?.id);
    expect(row).toMatchObject({
      events: ["scan.completed"],
      headers: { "X-Tenant": "a:b" },
      rate_per_second: 5,
    });
    await run("endpoints", "update", id, "--no-active", "--all-events", "--description", "mine");
    const listed = await run("endpoints", "list", "--org", org);
    expect(firstRow(listed.out).slice(3, 5)).toEqual(["all", expect.stringMatching(/^inactive/)]);
    await run("endpoints", "update", id, "--active");
    await run("endpoints", "delete", id);
    expect(await rows("endpoints", "list", "--org", org)).toEqual([]);
    for (const args of [
      ["delete", id],
      ["update", id, "--active"],
    ]) {
      const missing = await line.run(["endpoints", ...args]);
      expect(missing).toMatchObject({ exitCode: 4 });
      expect(missing.err).toContain("PH_NOT_FOUND");
    }
  });

  test("an update without a change is rejected here", async () => {
    const ran = await line.run(["endpoints", "update", randomUUID()]);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain("PH_ARGUMENT_INVALID");
  });

  test("test tells what the endpoint answered", async () => {
    const org = randomUUID();
    const good = await run("endpoints", "test", await newEndpoint(org), "--type", "scan.completed");
    expect(good.out).toMatch(/^status {4}delivered$/m);
    const rejecting = await startReceiver(answerStatus(500));
    const id = await newEndpoint(org, rejecting.url);
    const bad = await line.run(["endpoints", "test", id, "--type", "scan.completed"]);
    await rejecting.close();
    expect(bad.exitCode).toBe(5);
    expect(bad.out).toMatch(/^response {2}500$/m);
  });
});

describe("publish and trigger", () => {
  test("the data arrives byte for byte, from an argument, a file or standard input", async () => {
    const org = randomUUID();
    await newEndpoint(org);
    const data = '{"scan_id":"a", "n":12345678901234567890.10}';
    const base = ["publish", "scan.completed", "--org", org, "--wait", "--json", "--data"];
    for (const [given, input] of [[data], ["-", data]] as const) {
      const ran = await line.run([...base, given], input === undefined ? {} : { input });
      expect(ran).toMatchObject({ exitCode: 0, err: "" });
      const [delivery] = JSON.parse(ran.out) as Row[];
      expect(delivery).toMatchObject({ status: "delivered", org_id: org });
      const shown = await run("deliveries", "show", String(delivery?.id), "--json");
      expect(shown.out).toContain(data);
      const { attempts } = JSON.parse(shown.out) as { attempts: Row[] };
      expect(attempts).toMatchObject([{ number: 1, response_status: 200 }]);
    }
  });

  test("--wait with a key that may only publish stores the event, and prints that it cannot wait", async () => {
    const org = randomUUID();
    await newEndpoint(org);
    const key = (await rows("keys", "create", "--org", org, "--role", "publish"))[0]?.["key"];
    const args = ["publish", "scan.completed", "--data", '{"scan_id":"a"}', "--wait"];
    const ran = await line.run([...args, "--key", String(key)]);
    expect(ran).toMatchObject({ exitCode: 0, err: "" });
    expect(ran.out).toMatch(/^event +[0-9a-f-]{36}$/m);
    expect(ran.out).toContain("not shown, because this key may not read them");
  });

  test("the same idempotency key publishes once", async () => {
    const org = randomUUID();
    const data = ["--data", '{"scan_id":"a"}', "--idempotency-key", "k", "--org", org];
    const publish = () => rows("publish", "scan.completed", ...data);
    const [[first], [second]] = [await publish(), await publish()];
    expect(second?.id).toBe(first?.id);
  });

  test("an external id names the event, and explain finds it", async () => {
    const org = randomUUID();
    await newEndpoint(org);
    const data = ["--data", '{"scan_id":"a"}', "--external-id", "evt 1", "--org", org];
    const [event] = await rows("publish", "scan.completed", ...data);
    expect(event?.["external_id"]).toBe("evt 1");
    const explained = await rows("explain", "--external-id", "evt 1", "--org", org);
    expect(explained).toHaveLength(1);
    const { out } = await run("explain", "--external-id", "evt 1", "--org", org);
    expect(out).toContain("VERDICT");
  });

  test("trigger publishes the type's example, and lists what happened", async () => {
    const org = randomUUID();
    await newEndpoint(org);
    const ran = await run("trigger", "scan.completed", "--org", org, "--wait");
    expect(ran.out).toContain("delivered");
    const [event] = (await service.api.get(`/rest/v1/webhook_events?org_id=eq.${org}`)).rows;
    const [type] = await rows("event-types", "list").then((all) =>
      all.filter(({ name }) => name === "scan.completed"),
    );
    expect(event?.["data"]).toEqual(type?.["example"]);
  });

  test("without endpoints, says so", async () => {
    const ran = await run("trigger", "scan.completed", "--org", randomUUID(), "--wait");
    expect(ran.out).toMatch(/^No endpoint of the org .* gets this event/m);
    const [, eventId = ""] = /posthorn explain (\S+)/.exec(ran.out) ?? [];
    expect((await run("explain", eventId)).out).toContain("org has no endpoints");
  });

  test.each([
    ["broken JSON", ["publish", "scan.completed", "--data", "{"], 2, "PH_ARGUMENT_INVALID"],
    ["no such file", ["publish", "scan.completed", "--data", "@/none"], 2, "PH_FILE_UNREADABLE"],
    [
      "an unknown type",
      ["publish", "no.such", "--data", "{}", "--org", randomUUID()],
      4,
      "PH_EVENT_TYPE_UNKNOWN",
    ],
    ["publish without an org", ["publish", "scan.completed", "--data", "{}"], 2, "PH_ORG_MISSING"],
    ["listen without an org", ["listen", "--forward-to", "http://h"], 2, "PH_ORG_MISSING"],
    ["an endpoint without an org", ["endpoints", "create", "http://h"], 2, "PH_ORG_MISSING"],
    ["a key without an org", ["keys", "create", "--role", "read"], 2, "PH_ORG_MISSING"],
    ["no example", ["trigger", "no.such", "--org", randomUUID()], 2, "PH_EVENT_TYPE_UNKNOWN"],
    ["a wrong id", ["explain", "no-uuid"], 4, "PH_UUID_INVALID"],
    ["a wrong key", ["keys", "list", "--key", "phk_wrong"], 4, "PH_KEY_WRONG"],
  ])("%s: the catalogue's code on standard error", async (_name, args, exitCode, code) => {
    const ran = await line.run(args);
    expect(ran).toMatchObject({ exitCode, out: "" });
    expect(ran.err).toMatch(/^posthorn: /);
    expect(ran.err).toContain(`(${code})`);
  });
});

describe("deliveries", () => {
  let failing: Receiver;
  let endpointId: string;
  const org = randomUUID();
  beforeAll(async () => {
    let status = 500;
    failing = await startReceiver((...args) => answerStatus(status)(...args));
    endpointId = await newEndpoint(org, failing.url);
    await run("trigger", "scan.completed", "--org", org, "--wait");
    status = 200;
  });
  afterAll(() => failing.close());

  test("are listed by their filters, with local times", async () => {
    const filters = ["--endpoint", endpointId, "--status", "pending", "--since", "1h"];
    const { out } = await run("deliveries", "list", ...filters, "--type", "scan.completed");
    expect(out.split("\n")).toHaveLength(3);
    const [delivery] = await rows("deliveries", "list", "--endpoint", endpointId);
    const created = new Date(Date.parse(String(delivery?.["created_at"])) + 9 * 3_600_000);
    expect(out).toContain(created.toISOString().slice(0, 19).replace("T", " "));
    expect((await run("deliveries", "list", "--org", org, "--status", "failed")).out).toBe(
      "No rows.\n",
    );
  });

  test("tail prints a retried delivery, and stops at a signal", async () => {
    const [delivery] = await rows("deliveries", "list", "--endpoint", endpointId);
    const events = new EventEmitter();
    const connected = once(events, "err");
    const tail = line.run(["deliveries", "tail", "--org", org, "--json"], {
      stopped: once(events, "out").then(() => undefined),
      onOut: () => events.emit("out"),
      onErr: () => events.emit("err"),
    });
    await connected;
    await run("deliveries", "retry", String(delivery?.id));
    const { out, exitCode } = await tail;
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id: delivery?.id, status: "delivered" });
  });

  test("replay counts, sends again and waits", async () => {
    const counted = await run("replay", endpointId, "--status", "delivered", "--dry-run");
    expect(counted.out).toBe("Deliveries to send again: 1. Nothing was sent.\n");
    const replayed = await run("replay", endpointId, "--status", "delivered", "--wait");
    expect(replayed.out).toMatch(/^state +done$/m);
  });

  test("explain names the endpoint and the verdict", async () => {
    const [delivery] = await rows("deliveries", "list", "--endpoint", endpointId);
    const { out } = await run("explain", String(delivery?.["event_id"]));
    expect(firstRow(out)[0]).toBe(endpointId);
    expect(out).toContain("VERDICT");
    expect(out).toContain("posthorn deliveries show");
    const [explained] = await rows("explain", String(delivery?.id));
    expect(explained).toMatchObject({ endpoint_id: endpointId, delivery_id: delivery?.id });
  });
});

describe("the probe", () => {
  test("is left out of lists, unless they name it", async () => {
    const { pool } = service.service;
    await pool.query(
      "insert into posthorn.orgs (id, created_at) values ($1, now()) on conflict do nothing",
      [probeOrgId],
    );
    await run("trigger", "scan.completed", "--org", probeOrgId);
    const all = await rows("events", "list", "--all", "--limit", "1000");
    const orgsOf = (events: readonly Row[]) => new Set(events.map((each) => each["org_id"]));
    expect(orgsOf(all)).toContain(probeOrgId);
    const listed = await rows("events", "list", "--limit", "1000");
    expect([...orgsOf(listed)]).toEqual([...orgsOf(all)].filter((each) => each !== probeOrgId));
  });
});

test("the event types in the docs' example can be applied", async () => {
  const page = path.resolve(import.meta.dirname, "../../../../docs/publishing.md");
  const [, section = ""] = (await readFile(page, "utf8")).split("## Event types in a file\n");
  const [, input = ""] = /```yaml\n([\s\S]*?)```/.exec(section) ?? [];
  const ran = await line.run(["event-types", "apply", "-"], { input });
  const out = expect.stringContaining("invoice.paid") as unknown;
  expect(ran).toMatchObject({ exitCode: 0, err: "", out });
});

describe("events", () => {
  test("are listed, also one that matched no endpoint", async () => {
    const org = randomUUID();
    await run("trigger", "scan.completed", "--org", org);
    const [event] = await rows("events", "list", "--org", org, "--unmatched", "--since", "1h");
    expect(event).toMatchObject({ event_type: "scan.completed", endpoints_matched: 0 });
    const { out } = await run("events", "list", "--org", org, "--type", "scan.completed");
    expect(firstRow(out)[0]).toBe(event?.id);
    expect(out).toContain("posthorn explain ID");
    const others = ["--org", org, "--external-id", "other"];
    expect((await run("events", "list", ...others)).out).toBe("No rows.\n");
  });
});

describe("status", () => {
  test("of a ready service", async () => {
    const { out } = await run("status");
    expect(out).toMatch(/^status +ready$/m);
    expect(out).toMatch(/^key +works$/m);
  });

  test("a key that does not work is reported", async () => {
    const ran = await line.run(["status", "--key", "phk_wrong", "--json"]);
    expect(ran.exitCode).toBe(5);
    expect(JSON.parse(ran.out)).toMatchObject({
      status: "ready",
      key: expect.stringContaining("PH_KEY_WRONG") as unknown,
    });
  });

  test("a service that does not respond is reported", async () => {
    const ran = await line.run(["status", "--url", "http://127.0.0.1:1"]);
    expect(ran.exitCode).toBe(3);
    expect(ran.err).toContain("PH_API_UNREACHABLE");
  });
});
