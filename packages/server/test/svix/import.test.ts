/**
 * `posthorn import svix` with the answers of a Svix server, and the official library, which uses the
 * old ids afterwards.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { Webhook } from "svix";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { parseOrgId } from "../../src/model/org-id.ts";
import { createCommandLine, type CommandLine, type Ran } from "../support/command-line.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey } from "../support/service.ts";
import { clientWith, refusal, startSvixService, type SvixService } from "./client.ts";

const jwtSecret = "the-jwt-secret-of-the-server-that-is-left";
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const at = "2026-01-02T03:04:05.678901Z";

// Ids as Svix makes them: 27 characters of base 62.
const named = "app_2nKz0UqvZ9zXyQmC7dLwFh3sT1b";
const unnamed = "app_2nKz5WbKqkT0uVd8SxYhJcE4rGm";
const plainEndpoint = "ep_2nL01yH6tQe8ZbKvPdXsWmRc9fA";
const guardedEndpoint = "ep_2nL04Vn2yGf7CjTqLbXoWkHs5eD";
const signedEndpoint = "ep_2nL07Bd9uRh3MxYpQcZtVwJa6gE";

let receiver: Receiver;
let service: SvixService;
let command: CommandLine;
let old: Server;
let asked: string[] = [];
let failures: { status: number; headers: Record<string, string> }[] = [];

const list = (data: readonly object[], done = true, iterator = "next"): object => ({
  data,
  done,
  iterator,
  prevIterator: "previous",
});
const application = (id: string, uid: string | null, name: string): object => ({
  id,
  name,
  ...(uid === null ? {} : { uid }),
  metadata: { plan: "gold" },
  createdAt: at,
  updatedAt: at,
});
const endpoint = (id: string, path: string, fields: object = {}): object => ({
  id,
  url: `${receiver.url}${path}`,
  description: "from before",
  version: 1,
  disabled: false,
  filterTypes: null,
  eventTypes: null,
  channels: null,
  uid: null,
  metadata: {},
  rateLimit: null,
  createdAt: at,
  updatedAt: at,
  ...fields,
});

/** The answers by path. The lists of applications and event types have two pages. */
function answers(): Readonly<Record<string, object>> {
  const type = (name: string, archived = false): object => ({
    name,
    description: `About ${name}`,
    archived,
    deprecated: false,
    schemas: { 1: { type: "object" } },
    createdAt: at,
    updatedAt: at,
  });
  const size = `limit=${limits.svixPageMax}`;
  const types = "/event-type?with_content=true&include_archived=true";
  return {
    [`${types}&${size}`]: list([type("invoice.paid")], false),
    [`${types}&${size}&iterator=next`]: list([type("invoice.voided", true)]),
    [`/app?${size}`]: list([application(named, "cus_1", "Globex")], false),
    [`/app?${size}&iterator=next`]: list([application(unnamed, null, "Initech")]),
    [`/app/${named}/endpoint?${size}`]: list([
      endpoint(plainEndpoint, "/plain", {
        eventTypes: ["invoice.paid"],
        channels: ["eu"],
        uid: "main",
        rateLimit: 20,
        metadata: { team: "billing" },
      }),
      endpoint(guardedEndpoint, "/guarded", { disabled: true }),
    ]),
    [`/app/${unnamed}/endpoint?${size}`]: list([endpoint(signedEndpoint, "/signed")]),
    [`/app/${named}/endpoint/${plainEndpoint}/secret`]: { key: secret },
    [`/app/${named}/endpoint/${guardedEndpoint}/secret`]: { key: secret },
    [`/app/${unnamed}/endpoint/${signedEndpoint}/secret`]: {
      key: "whpk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbg=",
    },
    [`/app/${named}/endpoint/${plainEndpoint}/headers`]: {
      headers: { "x-team": "billing" },
      sensitive: [],
    },
    [`/app/${named}/endpoint/${guardedEndpoint}/headers`]: {
      headers: {},
      sensitive: ["authorization"],
    },
  };
}

beforeAll(async () => {
  receiver = await startReceiver();
  service = await startSvixService({
    POSTHORN_SVIX_JWT_SECRET: jwtSecret,
    POSTHORN_PRESETS: "none",
  });
  old = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/api\/v1/, "");
    asked.push(`${request.headers.authorization ?? ""} ${path}`);
    const failure = failures.shift();
    const answer = answers()[path];
    response.setHeader("content-type", "application/json");
    if (failure !== undefined) response.writeHead(failure.status, failure.headers).end("{}");
    else if (answer === undefined) response.writeHead(404).end('{"code":"not_found"}');
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve));
  command = await createCommandLine({
    POSTHORN_URL: service.posthorn.service.url,
    POSTHORN_KEY: adminKey,
    SVIX_SERVER_URL: `http://127.0.0.1:${(old.address() as AddressInfo).port}/`,
    SVIX_TOKEN: "testsk_of_the_old_server.eu",
  });
});
afterAll(async () => {
  await service.posthorn.close();
  await receiver.close();
  await new Promise((resolve) => old.close(resolve));
});
beforeEach(() => {
  asked = [];
  failures = [];
});

const run = (...args: string[]): Promise<Ran> => command.run(["import", "svix", ...args]);

interface ReportedItem {
  readonly kind: string;
  readonly name: string;
  readonly outcome: string;
}

async function outcomes(...args: string[]): Promise<Readonly<Record<string, string[]>>> {
  const { out } = await run("--json", ...args);
  const items = JSON.parse(out) as readonly ReportedItem[];
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind).map(({ outcome }) => outcome)]));
}

test("without --apply it stores nothing, and says what would come and what cannot", async () => {
  const { out, exitCode } = await run();
  expect(exitCode).toBe(5);
  expect(out).toContain("event types: 2 would be imported, 0 were there before, 0 cannot come\n");
  expect(out).toContain("applications: 2 would be imported, 0 were there before, 0 cannot come\n");
  expect(out).toContain("endpoints: 1 would be imported, 0 were there before, 2 cannot come\n");
  expect(out).toContain("withholds the value of authorization. Pass it with --headers.\n");
  expect(out).toContain("It signs with a private key");
  expect(out).toContain("Nothing was changed. Add --apply to import.\n");
  const [apps, types] = [service.svix.application.list(), service.svix.eventType.list()];
  expect([(await apps).data, (await types).data]).toEqual([[], []]);
  for (const each of asked) expect(each).toMatch(/^Bearer testsk_of_the_old_server\.eu \//);
});

describe("after --apply", () => {
  test("a repeated import finds everything there, and adds what can come now", async () => {
    failures = [{ status: 429, headers: { "retry-after": "0" } }];
    expect(await outcomes("--apply")).toEqual({
      "event type": ["new", "new"],
      application: ["new", "new"],
      endpoint: ["new", "failed", "failed"],
    });
    const headers = JSON.stringify({ [guardedEndpoint]: { authorization: "Bearer of-mine" } });
    expect(await outcomes("--apply", "--headers", headers)).toEqual({
      "event type": ["known", "known"],
      application: ["known", "known"],
      endpoint: ["known", "new", "failed"],
    });
    const { svix } = service;
    const stored = await svix.endpoint.get("cus_1", plainEndpoint);
    expect(stored).toMatchObject({
      uid: "main",
      filterTypes: ["invoice.paid"],
      channels: ["eu"],
      rateLimit: 20,
      metadata: { team: "billing" },
      description: "from before",
      disabled: false,
    });
    const guarded = await svix.endpoint.get(named, guardedEndpoint);
    expect(guarded.disabled).toBe(true);
    expect(await svix.endpoint.getHeaders(named, guardedEndpoint)).toEqual({
      headers: {},
      sensitive: ["authorization"],
    });
    expect((await svix.eventType.get("invoice.voided")).archived).toBe(true);
    expect(await svix.application.get(unnamed)).toMatchObject({
      name: "Initech",
      metadata: { plan: "gold" },
    });
  });

  test("the old ids and the uids work in every call, and only for their application", async () => {
    const { svix } = service;
    const byUid = await svix.application.get("cus_1");
    expect(await svix.application.get(named)).toEqual(byUid);
    expect(await svix.endpoint.getSecret(named, plainEndpoint)).toEqual({ key: secret });
    expect(await svix.endpoint.getSecret(named, "main")).toEqual({ key: secret });
    expect((await svix.endpoint.list(named)).data).toHaveLength(2);
    const elsewhere = [
      refusal(svix.endpoint.get(unnamed, plainEndpoint)),
      refusal(svix.endpoint.get(named, "ep_2nL09zzzzzzzzzzzzzzzzzzzzzz")),
      refusal(svix.application.get("app_2nKz9zzzzzzzzzzzzzzzzzzzzzz")),
    ];
    for (const { code } of await Promise.all(elsewhere)) expect(code).toBe(404);
    await svix.endpoint.patch(named, plainEndpoint, { description: "changed here" });
    expect((await svix.endpoint.get("cus_1", "main")).description).toBe("changed here");
  });

  test("a message goes to the imported endpoint, with its secret", async () => {
    const sent = await service.svix.message.create(named, {
      eventType: "invoice.paid",
      payload: { amount: 5 },
      channels: ["eu"],
    });
    const [arrived] = await receiver.waitFor(1);
    expect(arrived?.path).toBe("/plain");
    expect(arrived?.headers["x-team"]).toBe("billing");
    const headers = arrived?.headers as Record<string, string>;
    expect(new Webhook(secret).verify(arrived?.body ?? "", headers)).toEqual({ amount: 5 });
    expect(headers["svix-id"]).toBe(sent.id);
  });

  test("a customer's token of the old server keeps working, for its application only", async () => {
    const token = await new SignJWT({ org: "org_23rb8YdGqMT0qIzpgGwdXfHirMu" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(named)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(jwtSecret));
    const customer = clientWith(service.posthorn, token);
    expect((await customer.endpoint.get(named, plainEndpoint)).uid).toBe("main");
    expect((await refusal(customer.endpoint.list(unnamed))).code).toBe(404);
  });

  test("an id is not given to a second object", async () => {
    const { api } = service.posthorn;
    const application2 = { svix_id: named, uid: "cus_2" };
    const taken = await api.post("/rest/v1/rpc/import_svix_application", application2);
    expect([taken.status, taken.row["code"]]).toEqual([409, "PH_SVIX_ID_TAKEN"]);
    const of = { org_id: unnamed, svix_id: plainEndpoint, url: receiver.url };
    const moved = await api.post("/rest/v1/rpc/import_svix_endpoint", of);
    expect([moved.status, moved.row["code"]]).toEqual([409, "PH_SVIX_ID_TAKEN"]);
    expect((await refusal(service.svix.application.get("cus_2"))).code).toBe(404);
    const computed = (await service.svix.application.get(named)).id;
    for (const svixId of [computed, "ep_1", "app_", "", 7]) {
      const refused = await api.post("/rest/v1/rpc/import_svix_application", { svix_id: svixId });
      expect([refused.status, refused.row["code"]], String(svixId)).toEqual([
        400,
        "PH_FIELD_INVALID",
      ]);
    }
  });

  test("two applications never become one org", async () => {
    const { api } = service.posthorn;
    const import_ = (svix_id: string, uid: string | null) =>
      api.post("/rest/v1/rpc/import_svix_application", { svix_id, uid });
    const codes = async (...pairs: readonly (readonly [string, string | null])[]) => {
      const found: unknown[] = [];
      for (const pair of pairs) {
        const { status, row } = await import_(...pair);
        found.push(status === 200 ? row["is_new"] : row["code"]);
      }
      return found;
    };
    const uuid = "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a99";
    expect(
      await codes(["app_up", uuid.toUpperCase()], ["app_low", uuid], ["app_up", uuid]),
    ).toEqual([true, "PH_SVIX_ID_TAKEN", false]);
    // Its endpoints would stay with the first org.
    expect(await codes(["app_late", null], ["app_late", "late"], ["app_late", null])).toEqual([
      true,
      "PH_SVIX_ID_TAKEN",
      false,
    ]);
    expect(await codes(["app_one", "app_other"], ["app_one", ""], ["app_one", "\u0001"])).toEqual([
      "PH_ID_INVALID",
      "PH_ID_INVALID",
      "PH_ID_INVALID",
    ]);
  });

  test("imports of one endpoint id into several orgs at once create one endpoint", async () => {
    const call = (org_id: string) =>
      service.posthorn.api.post("/rest/v1/rpc/import_svix_endpoint", {
        org_id,
        svix_id: "ep_race",
        url: receiver.url,
      });
    const all = await Promise.all(Array.from({ length: 8 }, (_, number) => call(`race-${number}`)));
    expect(all.filter(({ row }) => row["is_new"] === true)).toHaveLength(1);
    expect(all.filter(({ row }) => row["code"] === "PH_SVIX_ID_TAKEN")).toHaveLength(7);
  });

  test("two imports of the same endpoint at once create one", async () => {
    const of = { org_id: "cus_1", svix_id: "ep_2nL0CtwoAtOnce00000000000AB", url: receiver.url };
    const call = () => service.posthorn.api.post("/rest/v1/rpc/import_svix_endpoint", of);
    const both = await Promise.all([call(), call(), call()]);
    expect(new Set(both.map(({ row }) => row["endpoint_id"])).size).toBe(1);
    expect(both.filter(({ row }) => row["is_new"] === true)).toHaveLength(1);
  });

  test("a deleted endpoint can be imported again", async () => {
    await service.svix.endpoint.delete(named, guardedEndpoint);
    expect((await refusal(service.svix.endpoint.get(named, guardedEndpoint))).code).toBe(404);
    const of = { org_id: "cus_1", svix_id: "ep_2nL0GagainAndAgain0000000CD", url: receiver.url };
    const call = () => service.posthorn.api.post("/rest/v1/rpc/import_svix_endpoint", of);
    const first = await call();
    await service.svix.endpoint.delete(named, of.svix_id);
    const second = await call();
    expect([first.row["is_new"], second.row["is_new"]]).toEqual([true, true]);
    expect(second.row["endpoint_id"]).not.toBe(first.row["endpoint_id"]);
  });

  test("the aliases of an erased org are erased", async () => {
    await service.svix.application.delete(named);
    const { pool } = service.posthorn.service;
    const sql = "select from posthorn.svix_aliases where org_id = $1";
    const values = [parseOrgId("cus_1").id];
    await expect
      .poll(async () => (await pool.query(sql, values)).rowCount, {
        timeout: 20_000,
      })
      .toBe(0);
  });
});

describe("bad input", () => {
  test.each([
    ["a wrong token", 401, 4, "responded with status 401"],
    ["a server that fails each time", 503, 3, "responded with status 503"],
  ])(
    "%s ends the import",
    async (_name, status, exitCode, text) => {
      failures = Array.from({ length: limits.importTriesMax }, () => ({ status, headers: {} }));
      const ended = await run("--apply");
      expect([ended.exitCode, ended.err]).toEqual([exitCode, expect.stringContaining(text)]);
      expect(asked).toHaveLength(status === 401 ? 1 : limits.importTriesMax);
    },
    30_000,
  );

  test("the address and the token must be there, and the headers must be an object", async () => {
    const without = { SVIX_SERVER_URL: "", SVIX_TOKEN: "" };
    const noAddress = await command.run(["import", "svix"], { environment: without });
    expect(noAddress.err).toContain("The address of the other service is missing.");
    const noToken = await command.run(["import", "svix", "--from", "http://127.0.0.1:9"], {
      environment: without,
    });
    expect(noToken.err).toContain("The token of the other service is missing.");
    expect((await run("--headers", '{"ep_1":"x"}')).err).toContain("it is not an object such as");
    const other = service.posthorn.service.url;
    expect((await run("--from", `${other}/nowhere`)).err).toMatch(
      /status 40\d|not come from a Svix/,
    );
    const closed = await run("--from", "http://127.0.0.1:9");
    expect([closed.exitCode, closed.err]).toEqual([
      3,
      expect.stringContaining("The service at http://127.0.0.1:9 did not respond"),
    ]);
  });
});
