/**
 * `posthorn import svix` with the answers of a Svix server, and the official library, which uses the
 * old ids afterwards.
 */
import { SignJWT } from "jose";
import { Webhook } from "svix";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { parseOrgId } from "../../src/model/org-id.ts";
import { createCommandLine, type CommandLine, type Ran } from "../support/command-line.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey } from "../support/service.ts";
import { clientWith, refusal, startSvixService, type SvixService } from "./client.ts";
import {
  goneApplication,
  guardedEndpoint,
  named,
  plainEndpoint,
  secret,
  startRecordedServer,
  unnamed,
  type RecordedServer,
} from "./recorded-server.ts";

const jwtSecret = "the-jwt-secret-of-the-server-that-is-left";
let receiver: Receiver;
let service: SvixService;
let command: CommandLine;
let old: RecordedServer;
beforeAll(async () => {
  receiver = await startReceiver();
  service = await startSvixService({
    POSTHORN_SVIX_JWT_SECRET: jwtSecret,
    POSTHORN_PRESETS: "none",
  });
  old = await startRecordedServer(receiver.url);
  command = await createCommandLine({
    POSTHORN_URL: service.posthorn.service.url,
    POSTHORN_KEY: adminKey,
    SVIX_SERVER_URL: `${old.url}/`,
    SVIX_TOKEN: "testsk_of_the_old_server.eu",
  });
});
afterAll(async () => {
  await service.posthorn.close();
  await receiver.close();
  await old.close();
});
beforeEach(() => {
  old.asked.length = 0;
  old.failures.length = 0;
});

const run = (...args: string[]): Promise<Ran> => command.run(["import", "svix", ...args]);

interface ReportedItem {
  readonly kind: string;
  readonly name: string;
  readonly outcome: string;
}

async function outcomes(...args: string[]): Promise<Readonly<Record<string, string[]>>> {
  const { out } = await run("--json", ...args);
  const { items } = JSON.parse(out) as { readonly items: readonly ReportedItem[] };
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  const of = (kind: string) => items.filter((item) => item.kind === kind);
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind).map(({ outcome }) => outcome)]));
}

test("without --apply it stores nothing, and says what it would import and what it could not", async () => {
  const { out, exitCode } = await run();
  expect(exitCode).toBe(5);
  expect(out).toContain(
    "event types: 3 would be imported, 0 already existed, 0 could not be imported\n",
  );
  expect(out).toContain(
    "applications: 2 would be imported, 0 already existed, 1 could not be imported\n",
  );
  expect(out).toContain(
    "endpoints: 1 would be imported, 0 already existed, 3 could not be imported\n",
  );
  expect(out).toContain("withholds the value of authorization. Pass it with --headers.\n");
  expect(out).toContain("It signs with a private key");
  expect(out).toContain("It has a transformation.");
  expect(out).toContain(`not imported: application ${goneApplication}\n`);
  // Customers' text controls no terminal, and shows no credentials.
  expect(out).toContain(String.raw`moved\u001b[2Kup`);
  expect(out).not.toContain("hidden");
  expect(out).toContain("Nothing was changed. Add --apply to import.\n");
  const [apps, types] = [service.svix.application.list(), service.svix.eventType.list()];
  expect([(await apps).data, (await types).data]).toEqual([[], []]);
  for (const each of old.asked) expect(each).toMatch(/^Bearer testsk_of_the_old_server\.eu \//);
});

describe("after --apply", () => {
  test("a repeated import finds everything there, and adds what can come now", async () => {
    old.failures.push({ status: 429, retryAfter: "0" });
    expect(await outcomes("--apply")).toEqual({
      "event type": ["new", "new", "new"],
      application: ["new", "new", "failed"],
      endpoint: ["new", "failed", "failed", "failed"],
    });
    const headers = JSON.stringify({
      [guardedEndpoint]: { Authorization: "Bearer of-mine" },
      ep_unknown: {},
    });
    expect((await run("--headers", headers)).out).toContain("note: --headers names ep_unknown");
    expect(await outcomes("--apply", "--headers", headers)).toEqual({
      "event type": ["known", "known", "known"],
      application: ["known", "known", "failed"],
      endpoint: ["known", "new", "failed", "failed"],
    });
    // An endpoint that exists needs no headers again, and its secret is not read again.
    old.asked.length = 0;
    expect((await outcomes("--apply"))["endpoint"]).toEqual(["known", "known", "failed", "failed"]);
    expect(old.asked.filter((each) => each.endsWith(`${guardedEndpoint}/secret`))).toEqual([]);
    const { svix } = service;
    expect(await svix.eventType.get("beta.started")).toMatchObject({ featureFlags: ["beta"] });
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

  test("nothing is imported into an org that is being erased", async () => {
    const { api, service: running } = service.posthorn;
    const { id: orgId } = parseOrgId("erased");
    await running.pool.query(
      `insert into posthorn.erasures (org_id, requested_at, rows_erased)
       values ($1, now() + interval '1 hour', 0)`,
      [orgId],
    );
    const application2 = { svix_id: "app_erased_org", uid: "erased" };
    const imported = await api.post("/rest/v1/rpc/import_svix_application", application2);
    const endpoint2 = { org_id: "erased", svix_id: "ep_erased_org", url: receiver.url };
    const added = await api.post("/rest/v1/rpc/import_svix_endpoint", endpoint2);
    for (const { status, row } of [imported, added]) {
      expect([status, row["code"]]).toEqual([409, "PH_ORG_BEING_ERASED"]);
    }
    await running.pool.query("delete from posthorn.erasures where org_id = $1", [orgId]);
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
    expect((await service.svix.endpoint.get(named, of.svix_id)).disabled).toBe(false);
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
    ["a body that ends too early", 0, 3, "did not respond"],
  ])(
    "%s ends the import",
    async (_name, status, exitCode, text) => {
      for (let n = 0; n < limits.importTriesMax; n += 1) old.failures.push({ status });
      const ended = await run("--apply");
      expect([ended.exitCode, ended.err]).toEqual([exitCode, expect.stringContaining(text)]);
      expect(old.asked).toHaveLength(status === 503 ? limits.importTriesMax : 1);
      // What was done before the error is reported.
      expect(ended.out).toContain("event types: 0 were imported, 0 already existed");
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
