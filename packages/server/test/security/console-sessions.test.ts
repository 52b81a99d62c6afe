/** Which credentials open a session of the console, and how long the session lasts. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { adminKey, startTestService, type Api, type TestService } from "../support/service.ts";

let posthorn: TestService;

beforeAll(async () => {
  posthorn = await startTestService();
});

afterAll(() => posthorn.close());

interface SignedIn {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly setCookie: string;
  /** The headers that a browser sends after this sign-in. */
  readonly headers: Record<string, string>;
}

async function signIn(
  given: Readonly<Record<string, string>>,
  service: TestService = posthorn,
  headers: Readonly<Record<string, string>> = {},
): Promise<SignedIn> {
  const response = await fetch(`${service.service.url}/console/session`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(given),
  });
  const body = (await response.json()) as Record<string, unknown>;
  const setCookie = response.headers.get("set-cookie") ?? "";
  return {
    status: response.status,
    body,
    setCookie,
    headers: {
      cookie: setCookie.split(";")[0] ?? "",
      "x-posthorn-session": String(body["id"]),
    },
  };
}

function ask(
  pathname: string,
  headers: Readonly<Record<string, string>>,
  method = "GET",
): Promise<Response> {
  return fetch(posthorn.service.url + pathname, { method, headers });
}

async function newKey(orgId: string, role: string): Promise<{ id: string; key: string }> {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
  return { id: row.id, key: String(row["key"]) };
}

async function portalLink(
  fields: Readonly<Record<string, unknown>>,
  api: Api = posthorn.api,
): Promise<string> {
  const { row, status, text } = await api.post("/rest/v1/rpc/portal_link", fields);
  expect(status, text).toBe(200);
  const url = new URL(String(row["url"]));
  expect(url.origin).toBe(posthorn.service.url);
  expect(url.pathname).toBe("/portal");
  return url.hash.slice(1);
}

const orgs = "/rest/v1/webhook_orgs";

describe("a key", () => {
  test("opens a session, whose cookie no script can read and no other site sends", async () => {
    const { status, body, setCookie, headers } = await signIn({ key: adminKey });
    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: "admin", org_id: null, role: "manage" });
    expect(setCookie).toMatch(/; HttpOnly/);
    expect(setCookie).toMatch(/; SameSite=Strict/);
    expect(setCookie).not.toContain(adminKey);
    expect((await ask(orgs, headers)).status).toBe(200);
    const whoAmI = await ask("/console/session", headers);
    expect(await whoAmI.json()).toMatchObject({ id: body["id"], kind: "admin" });
  });

  test("that is wrong or missing opens no session", async () => {
    expect(await signIn({ key: "wrong-key-0123456789" })).toMatchObject({
      status: 401,
      body: { code: "PH_KEY_WRONG" },
      setCookie: "",
    });
    expect(await signIn({})).toMatchObject({ status: 401, body: { code: "PH_KEY_MISSING" } });
  });

  test("that may only publish opens no session", async () => {
    const { key } = await newKey(posthorn.newOrg(), "publish");
    expect(await signIn({ key })).toMatchObject({
      status: 403,
      body: { code: "PH_KEY_CANNOT_SIGN_IN" },
    });
  });

  test("of an org opens only that org, and its sessions end when it is deleted", async () => {
    const orgId = posthorn.newOrg();
    const { id, key } = await newKey(orgId, "read");
    await posthorn.api.post(orgs, { id: posthorn.newOrg(), name: "another" });
    const { headers, body } = await signIn({ key });
    expect(body).toMatchObject({ kind: "api_key", org_id: orgId, role: "read" });
    const seen = (await (await ask(orgs, headers)).json()) as { id: string }[];
    expect(seen.map((org) => org.id)).toEqual([orgId]);
    await posthorn.api.request("DELETE", `/rest/v1/api_keys?id=eq.${id}`);
    const after = await ask(orgs, headers);
    expect(after.status).toBe(401);
    expect(await after.json()).toMatchObject({ code: "PH_SESSION_OVER" });
  });
});

describe("a session", () => {
  test("ends at sign-out, and when it expires", async () => {
    const { headers, body } = await signIn({ key: adminKey });
    const out = await ask("/console/session", headers, "DELETE");
    expect(out.status).toBe(204);
    expect(out.headers.get("set-cookie")).toMatch(/Expires=Thu, 01 Jan 1970/);
    expect((await ask(orgs, headers)).status).toBe(401);

    const second = await signIn({ key: adminKey });
    expect(second.body["id"]).not.toBe(body["id"]);
    await posthorn.service.pool.query(
      "update posthorn.sessions set expires_at = now() - interval '1 second' where id = $1",
      [second.body["id"]],
    );
    expect((await ask("/console/session", second.headers)).status).toBe(401);
  });

  test("needs its cookie and its name, and both of one session", async () => {
    const one = await signIn({ key: adminKey });
    const two = await signIn({ key: adminKey });
    const { cookie, "x-posthorn-session": name } = one.headers as {
      cookie: string;
      "x-posthorn-session": string;
    };
    expect((await ask(orgs, { cookie })).status).toBe(401);
    expect((await ask(orgs, { "x-posthorn-session": name })).status).toBe(401);
    const mixed = cookie.replace(name, String(two.body["id"]));
    const answer = await ask(orgs, {
      cookie: mixed,
      "x-posthorn-session": String(two.body["id"]),
    });
    expect(answer.status).toBe(401);
    expect((await ask(orgs, { cookie, "x-posthorn-session": "no-id" })).status).toBe(401);
  });

  test("does not work from another site's page", async () => {
    const { headers } = await signIn({ key: adminKey });
    const strange = [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://elsewhere.example" },
      { origin: "null" },
    ];
    for (const more of strange) {
      const answer = await ask(orgs, { ...headers, ...more });
      expect(await answer.json(), JSON.stringify(more)).toMatchObject({ code: "PH_ORIGIN_WRONG" });
      const signedIn = await signIn({ key: adminKey }, posthorn, more);
      expect(signedIn.setCookie).toBe("");
    }
    const own = { "sec-fetch-site": "same-origin", origin: posthorn.service.url };
    expect((await ask(orgs, { ...headers, ...own })).status).toBe(200);
    const preflight = await ask(orgs, { origin: "https://elsewhere.example" }, "OPTIONS");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("is stored without any credential", async () => {
    const { headers } = await signIn({ key: adminKey });
    const token = headers["cookie"]?.split("=")[1] ?? "";
    expect(token.length).toBeGreaterThan(40);
    const { rows } = await posthorn.service.pool.query(
      "select row_to_json(s)::text as text from posthorn.sessions as s",
    );
    expect(JSON.stringify(rows)).not.toContain(token);
  });
});

describe("a portal link", () => {
  test("names the page that the console leads back to, and nothing that could run there", async () => {
    const orgId = posthorn.newOrg();
    const returnUrl = "https://app.example.com/settings/webhooks";
    const link = await portalLink({ org_id: orgId, return_url: returnUrl });
    const { body, headers } = await signIn({ link });
    expect(body).toMatchObject({ return_url: returnUrl });
    const again = await ask("/console/session", headers);
    expect(await again.json()).toMatchObject({ return_url: returnUrl });
    const start = "https://app.example.com/";
    const longest = start + "a".repeat(limits.urlCharsMax - start.length);
    await portalLink({ org_id: orgId, return_url: longest });
    for (const wrong of ["javascript:alert(1)", "/settings", "", `${longest}a`]) {
      const { status, row } = await posthorn.api.post("/rest/v1/rpc/portal_link", {
        org_id: orgId,
        return_url: wrong,
      });
      expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FIELD_INVALID" });
    }
  });

  test("opens the console for one org, read-only if asked", async () => {
    const orgId = posthorn.newOrg();
    const link = await portalLink({ org_id: orgId, read_only: true, appearance: "dark" });
    const { body, headers, setCookie } = await signIn({ link });
    expect(body).toMatchObject({
      kind: "portal_link",
      org_id: orgId,
      role: "read",
      appearance: "dark",
    });
    expect(setCookie).toMatch(/SameSite=Strict/);
    expect((await ask("/rest/v1/webhook_endpoints", headers)).status).toBe(200);
    const write = await fetch(`${posthorn.service.url}/rest/v1/webhook_endpoints`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ org_id: orgId, url: "http://127.0.0.1:9999/" }),
    });
    expect(write.status).toBe(403);
    const other = await ask(`/rest/v1/webhook_orgs?id=neq.${orgId}`, headers);
    expect(await other.json()).toEqual([]);
  });

  test("opens nothing after it has expired, or if it is forged", async () => {
    const link = await portalLink({ org_id: posthorn.newOrg() });
    await posthorn.service.pool.query(
      "update posthorn.portal_links set expires_at = now() - interval '1 second'",
    );
    const refused = { status: 401, body: { code: "PH_LINK_INVALID" }, setCookie: "" };
    expect(await signIn({ link })).toMatchObject(refused);
    expect(await signIn({ link: `${link.slice(0, -3)}AAA` })).toMatchObject(refused);
  });

  test("cannot create further links, and no org can create another's", async () => {
    const orgId = posthorn.newOrg();
    const { headers } = await signIn({ link: await portalLink({ org_id: orgId }) });
    const again = await fetch(`${posthorn.service.url}/rest/v1/rpc/portal_link`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ org_id: orgId }),
    });
    expect(again.status).toBe(403);
    const { key } = await newKey(orgId, "manage");
    const api = posthorn.apiWith(key);
    expect((await api.post("/rest/v1/rpc/portal_link", { org_id: orgId })).status).toBe(200);
    const another = await api.post("/rest/v1/rpc/portal_link", { org_id: posthorn.newOrg() });
    expect(another).toMatchObject({ status: 404, json: { code: "PH_NOT_FOUND" } });
  });

  test("has limits for its times", async () => {
    const org_id = posthorn.newOrg();
    const most = limits.portalSecondsMax;
    const bounds = [
      { expires_in_seconds: 9 },
      { expires_in_seconds: most + 1 },
      { session_seconds: 59 },
      { session_seconds: most + 1 },
      { appearance: "pink" },
    ];
    for (const fields of bounds) {
      const answer = await posthorn.api.post("/rest/v1/rpc/portal_link", { org_id, ...fields });
      expect(answer, JSON.stringify(fields)).toMatchObject({
        status: 400,
        json: { code: "PH_FIELD_INVALID" },
      });
    }
    await portalLink({ org_id, expires_in_seconds: 10, session_seconds: 60 });
    await portalLink({ org_id, expires_in_seconds: most, session_seconds: most });
  });

  test("ends with the key that created it, and so do its sessions", async () => {
    const orgId = posthorn.newOrg();
    const { id, key } = await newKey(orgId, "manage");
    const link = await portalLink({ org_id: orgId }, posthorn.apiWith(key));
    const { headers, status } = await signIn({ link });
    expect(status).toBe(200);
    expect((await ask(orgs, headers)).status).toBe(200);
    await posthorn.api.request("DELETE", `/rest/v1/api_keys?id=eq.${id}`);
    expect((await ask(orgs, headers)).status).toBe(401);
    expect((await signIn({ link })).status).toBe(401);
  });

  test("ends with its org's erasure", async () => {
    const orgId = posthorn.newOrg();
    const link = await portalLink({ org_id: orgId });
    const { headers } = await signIn({ link });
    expect((await posthorn.api.post("/rest/v1/rpc/erase_org", { org_id: orgId })).status).toBe(200);
    expect((await signIn({ link })).status).toBe(401);
    expect((await ask(orgs, headers)).status).toBe(401);
  });
});

describe("behind https", () => {
  test("cookies are Secure, links lead to the public URL, and a portal's works in a frame", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "posthorn-theme-"));
    const logo = path.join(folder, "logo.svg");
    await writeFile(logo, '<svg xmlns="http://www.w3.org/2000/svg"/>');
    const secure = await startTestService({
      environment: {
        POSTHORN_PUBLIC_URL: "https://hooks.example.com",
        POSTHORN_CONSOLE_NAME: "Acme",
        POSTHORN_CONSOLE_ACCENT: "#aa3300",
        POSTHORN_CONSOLE_LOGO: logo,
      },
    });
    try {
      const { setCookie } = await signIn({ key: adminKey }, secure);
      expect(setCookie).toMatch(/; Secure; SameSite=Strict/);
      const { row } = await secure.api.post("/rest/v1/rpc/portal_link", {
        org_id: secure.newOrg(),
      });
      expect(row["url"]).toMatch(/^https:\/\/hooks\.example\.com\/portal#phl_/);
      const link = new URL(String(row["url"])).hash.slice(1);
      const portal = await signIn({ link }, secure);
      expect(portal.setCookie).toMatch(/; Secure; Partitioned; SameSite=None/);
      const theme = await secure.api.get("/console/theme.json");
      expect(theme.json).toEqual({ name: "Acme", accent: "#aa3300", logo: "/console/logo" });
      const shown = await secure.api.get("/console/logo");
      expect(shown.headers.get("content-type")).toBe("image/svg+xml");
      expect(shown.headers.get("content-security-policy")).toMatch(/sandbox/);
    } finally {
      await secure.close();
      await rm(folder, { recursive: true });
    }
  });
});
