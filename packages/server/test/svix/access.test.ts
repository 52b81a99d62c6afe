/** Who may use Svix's API: keys, tokens of Svix's server, and what each may do. */
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { svixOperations } from "../../src/http/svix/operations.ts";
import { svixId } from "../../src/model/svix-id.ts";
import { parseOrgId } from "../../src/model/org-id.ts";
import {
  clientWith,
  placesOf,
  rawRequest,
  refusal,
  startSvixService,
  type SvixService,
} from "./client.ts";

const jwtSecret = "the-jwt-secret-of-a-server-that-is-replaced";
let service: SvixService;
let appId: string;
beforeAll(async () => {
  service = await startSvixService({ POSTHORN_SVIX_JWT_SECRET: jwtSecret });
  appId = (await service.svix.application.create({ name: "Mine", uid: "mine" })).id;
});
afterAll(() => service.posthorn.close());

const tokenOf = (sub: string, secret = jwtSecret, seconds = 3_600): Promise<string> =>
  new SignJWT({ org: "org_23rb8YdGqMT0qIzpgGwdXfHirMu" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(secret));

const unknown = { code: 401, body: { code: "authentication_failed", detail: "Invalid token" } };
const denied = {
  code: 403,
  body: { code: "insufficient access", detail: "Insufficient access for the given operation." },
};

test("a key of the installation looks like Svix's keys, and a region's suffix is no part of it", async () => {
  const { posthorn, token } = service;
  expect(token).toMatch(/^testsk_[\w-]{43}$/);
  for (const suffix of ["", ".eu", ".xx"]) {
    const found = await clientWith(posthorn, token + suffix).application.get(appId);
    expect(found.uid).toBe("mine");
  }
  const rest = await posthorn.apiWith(token).get("/rest/v1/webhook_orgs");
  expect([rest.status, rest.row["code"]]).toEqual([403, "PH_SVIX_KEY"]);
  const { rows } = await posthorn.api.get("/rest/v1/webhook_audit?action=eq.org.created");
  expect(rows.some((row) => row["actor_kind"] === "api_key")).toBe(true);
});

test("a token of an erased application is refused for the next one of the same uid", async () => {
  const { posthorn, svix } = service;
  const app = await svix.application.create({ name: "Next owner", uid: "next-owner" });
  await posthorn.service.pool.query(
    `insert into posthorn.erasures (org_id, requested_at, finished_at, rows_erased)
     values ($1, now(), now(), 0)`,
    [parseOrgId("next-owner").id],
  );
  const nowSeconds = Math.floor(Date.now() / 1000);
  const issuedAt = (seconds: number): Promise<string> =>
    new SignJWT({ iat: nowSeconds + seconds, sub: app.id, exp: nowSeconds + 3_600 })
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(jwtSecret));
  const without = await tokenOf(app.id);
  for (const token of [await issuedAt(-60), without]) {
    const list = clientWith(posthorn, token).endpoint.list("next-owner");
    expect(await refusal(list)).toEqual(unknown);
  }
  const later = clientWith(posthorn, await issuedAt(60));
  expect((await later.endpoint.list("next-owner")).data).toEqual([]);
});

test("a NUL in a path names nothing, and a time has at most four digits of years", async () => {
  const paths = ["endpoint/%00", "msg/%00", "attempt/msg/%00", "endpoint/%00/stats"];
  for (const path of paths) {
    const answer = await rawRequest(service, "GET", `/api/v1/app/mine/${path}`);
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const type = await rawRequest(service, "GET", "/api/v1/event-type/%00");
  expect(type.status).toBe(404);
  const far = await rawRequest(service, "GET", "/api/v1/app/mine/msg?before=-271821-04-20");
  expect(far.status).toBe(422);
});

test("a wrong or missing token has Svix's text", async () => {
  const { posthorn } = service;
  const wrong = [
    "testsk_wrong",
    await tokenOf("org_23rb8YdGqMT0qIzpgGwdXfHirMu", "another-secret-that-has-32-bytes-or-more"),
    await tokenOf("org_23rb8YdGqMT0qIzpgGwdXfHirMu", jwtSecret, -60),
    await tokenOf("user_1"),
  ];
  for (const token of wrong) {
    const client = clientWith(posthorn, token);
    expect(await refusal(client.application.list())).toEqual(unknown);
  }
  const response = await fetch(`${posthorn.service.url}/api/v1/app`);
  expect([response.status, await response.json()]).toEqual([401, unknown.body]);
});

test("a token of an organisation of Svix's server may do everything", async () => {
  const token = await tokenOf("org_23rb8YdGqMT0qIzpgGwdXfHirMu");
  const client = clientWith(service.posthorn, token);
  expect((await client.application.create({ name: "By JWT" })).name).toBe("By JWT");
});

describe("an application's token", () => {
  test("sees only its application, and may not publish", async () => {
    const { svix, posthorn } = service;
    const other = await svix.application.create({ name: "Other" });
    const access = await svix.authentication.appPortalAccess("mine", {});
    expect(access.url.startsWith(`${posthorn.service.url}/portal#`)).toBe(true);
    for (const token of [access.token, await tokenOf(svixId("app", parseOrgId("mine").id))]) {
      const customer = clientWith(posthorn, token);
      expect((await customer.application.get(appId)).id).toBe(appId);
      const url = "https://example.com";
      const { id } = await customer.endpoint.create("mine", { url });
      expect((await customer.endpoint.getSecret(appId, id)).key).toMatch(/^whsec_/);
      expect((await refusal(customer.endpoint.list(other.id))).code).toBe(404);
      const message = { eventType: "a.b", payload: {} };
      expect(await refusal(customer.message.create(appId, message))).toEqual(denied);
      expect(await refusal(customer.application.list())).toEqual(denied);
      expect(await refusal(customer.application.delete(appId))).toEqual(denied);
      const type = { name: "a.b", description: "" };
      expect(await refusal(customer.eventType.create(type))).toEqual(denied);
      expect(await refusal(customer.authentication.appPortalAccess(appId))).toEqual(denied);
      const example = customer.endpoint.sendExample(appId, id, { eventType: "svix.ping" });
      expect(await refusal(example)).toEqual(denied);
    }
  });

  test("of a read-only portal may not change anything", async () => {
    const { svix, posthorn } = service;
    const capabilities = ["ViewBase"] as never;
    for (const access of [{ readOnly: true }, { capabilities }]) {
      const { token } = await svix.authentication.appPortalAccess("mine", access);
      const customer = clientWith(posthorn, token);
      expect((await customer.endpoint.list(appId)).done).toBe(true);
      const created = customer.endpoint.create(appId, { url: "https://example.com" });
      expect(await refusal(created)).toEqual(denied);
    }
    const some = ["ViewBase", "ManageEndpoint"] as never;
    const access = svix.authentication.appPortalAccess("mine", { capabilities: some });
    expect((await refusal(access)).code).toBe(422);
  });

  test("can be for an application that the request creates", async () => {
    const { svix } = service;
    const application = { name: "New", uid: "by-portal" };
    await svix.authentication.appPortalAccess("by-portal", { application });
    expect((await svix.application.get("by-portal")).name).toBe("New");
    expect((await refusal(svix.authentication.appPortalAccess("nobody", {}))).code).toBe(404);
  });
});

test("keys of an org in Posthorn work for its application", async () => {
  const { posthorn } = service;
  const keyOf = async (role: string): Promise<string> => {
    const made = await posthorn.api.post("/rest/v1/api_keys", { org_id: "mine", role });
    return String(made.row["key"]);
  };
  const publisher = clientWith(posthorn, await keyOf("publish"));
  await service.svix.eventType.create({ name: "of.keys", description: "" });
  const message = { eventType: "of.keys", payload: {} };
  expect((await publisher.message.create("mine", message)).id).toMatch(/^msg_/);
  expect(await refusal(publisher.endpoint.list("mine"))).toEqual(denied);
  // All orgs share the catalogue, so an org's key cannot add a type to it.
  const unknownType = { eventType: "of.nobody", payload: {} };
  const refused = await refusal(publisher.message.create("mine", unknownType));
  expect(placesOf(refused)).toEqual(["body.eventType"]);
  const reader = clientWith(posthorn, await keyOf("read"));
  expect((await reader.message.list("mine")).data).toHaveLength(1);
  expect(await refusal(reader.message.create("mine", message))).toEqual(denied);
});

test("every operation refuses unknown callers, and roles that may not use it", async () => {
  const { posthorn } = service;
  const roles = ["manage", "publish", "read"] as const;
  const keys = await Promise.all(
    roles.map(async (role) => {
      const made = await posthorn.api.post("/rest/v1/api_keys", { org_id: "of-roles", role });
      return String(made.row["key"]);
    }),
  );
  expect(svixOperations.length).toBeGreaterThan(30);
  for (const { id, method, path, roles: allowed } of svixOperations) {
    const url = `${posthorn.service.url}/api/v1${path.replaceAll(/:\w+/g, "un-known")}`;
    const statusFor = async (key: string | null): Promise<number> => {
      const body = method === "GET" || method === "DELETE" ? null : "{}";
      const headers: Record<string, string> =
        key === null ? {} : { authorization: `Bearer ${key}` };
      return (await fetch(url, { method, headers, body })).status;
    };
    expect(await statusFor(null), id).toBe(401);
    for (const [index, role] of roles.entries()) {
      const status = await statusFor(keys[index] as string);
      if (allowed.includes(role)) expect([401, 403], `${id} as ${role}`).not.toContain(status);
      else expect(status, `${id} as ${role}`).toBe(403);
    }
  }
});

test("health needs no token, and unknown operations say why", async () => {
  const { svix, posthorn } = service;
  await svix.health.get();
  const health = await fetch(`${posthorn.service.url}/api/v1/health`);
  expect(await health.json()).toMatchObject({ database: { status: "ok" } });
  const ping = await fetch(`${posthorn.service.url}/api/v1/health/ping/`);
  expect(ping.status).toBe(204);
  const streams = await rawRequest(service, "GET", "/api/v1/stream");
  expect([streams.status, streams.json]).toEqual([
    501,
    { code: "not_implemented", detail: "Posthorn has no streams." },
  ]);
  const source = await rawRequest(service, "GET", "/ingest/api/v1/source");
  expect(source.status).toBe(501);
  const nothing = await rawRequest(service, "GET", "/api/v1/nothing");
  expect([nothing.status, nothing.json]).toEqual([
    404,
    { code: "not_found", detail: "Entity not found" },
  ]);
});

test("browsers of any site may call it", async () => {
  const { posthorn } = service;
  const response = await fetch(`${posthorn.service.url}/api/v1/app`, {
    method: "OPTIONS",
    headers: {
      origin: "https://app.example",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "authorization,idempotency-key",
    },
  });
  const allowed = (name: string) => response.headers.get(`access-control-${name}`);
  expect(allowed("allow-origin")).toBe("https://app.example");
  expect(allowed("allow-methods")).toContain("PUT");
  expect(allowed("allow-headers")).toBe("authorization,idempotency-key");
  expect(allowed("max-age")).toBe("600");
});
