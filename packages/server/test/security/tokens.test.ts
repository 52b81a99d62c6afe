/**
 * Tokens of an external issuer, used over HTTP by supabase-js, the live stream, the audit and the
 * console.
 */
import { createClient } from "@supabase/supabase-js";
import { exportJWK, generateKeyPair } from "jose";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";
import { claims, jwtSecret, tokenOf } from "../support/tokens.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_JWT_SECRET: jwtSecret } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

function NoWebSocket(): never {
  throw new Error("Nothing here is realtime.");
}

const clientWith = (anonKey: string, token: string) =>
  createClient(posthorn.service.url, anonKey, {
    accessToken: () => Promise.resolve(token),
    realtime: { transport: NoWebSocket as never },
  });

const anonKey = (): Promise<string> =>
  tokenOf({ iss: "supabase", role: "anon", exp: Math.floor(Date.now() / 1000) + 3_600 });

describe("supabase-js", () => {
  test("with a user's access token sees that user's org and no other", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    await subscribe(posthorn, receiver.url);
    const token = await tokenOf(claims({ app_metadata: { org_id: orgId } }));
    const client = clientWith(await anonKey(), token);
    const { data, error } = await client.from("webhook_endpoints").select("id");
    expect(error).toBeNull();
    expect(data).toEqual([{ id: endpointId }]);
    const changed = await client
      .from("webhook_endpoints")
      .update({ url: "x" })
      .eq("id", endpointId);
    expect(changed.error?.code).toBe("42501");
  });

  test("with only the anon key gets a clear error", async () => {
    const key = await anonKey();
    const { error, status } = await clientWith(key, key).from("webhook_endpoints").select("id");
    expect(status).toBe(403);
    expect(error).toMatchObject({ code: "PH_TOKEN_ROLE" });
    expect(error?.hint).toContain("Sign in");
  });

  test("with the service_role key does what the admin key does", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const key = await tokenOf({
      iss: "supabase",
      role: "service_role",
      exp: Math.floor(Date.now() / 1000) + 3_600,
    });
    const { data } = await clientWith(key, key)
      .from("webhook_endpoints")
      .select("id")
      .eq("org_id", orgId);
    expect(data).toEqual([{ id: endpointId }]);
    const api = posthorn.apiWith(key);
    await api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
      description: "by the platform",
    });
    const audit = await posthorn.api.get(
      `/rest/v1/webhook_audit?subject_id=eq.${endpointId}&action=eq.endpoint.updated`,
    );
    expect(audit.row).toMatchObject({ actor_kind: "admin", actor_name: "service_role" });
  });
});

describe("a token", () => {
  test("that may manage leaves its subject in the audit", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const payload = claims({ org_id: orgId, webhook_role: "manage" });
    const api = posthorn.apiWith(await tokenOf(payload));
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    expect((await api.request("PATCH", path, { description: "ours" })).status).toBe(204);
    const audit = await api.get(
      `/rest/v1/webhook_audit?subject_id=eq.${endpointId}&action=eq.endpoint.updated`,
    );
    expect(audit.row).toMatchObject({
      actor_kind: "jwt",
      actor_id: payload.sub,
      actor_name: payload.sub,
    });
    expect(audit.row["remote_address"]).not.toBeNull();
  });

  test("opens no session and makes no portal link: both would outlive it", async () => {
    const orgId = posthorn.newOrg();
    const token = await tokenOf(claims({ org_id: orgId, webhook_role: "manage" }));
    const api = posthorn.apiWith(token);
    expect((await api.post("/rest/v1/rpc/portal_link", { org_id: orgId })).status).toBe(403);
    expect((await api.post("/console/session", { key: token })).status).toBe(401);
  });

  test("that has expired gets 401 with a challenge, and no response contains it", async () => {
    const token = await tokenOf(claims({ org_id: posthorn.newOrg(), exp: 1_700_000_000 }));
    const answer = await posthorn.apiWith(token).get("/rest/v1/webhook_events");
    expect(answer.status).toBe(401);
    expect(answer.row["code"]).toBe("PH_TOKEN_EXPIRED");
    expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
    for (const part of token.split(".")) expect(answer.text).not.toContain(part);
  });

  test("ends its live stream when it expires", async () => {
    const orgId = posthorn.newOrg();
    const exp = Math.floor(Date.now() / 1000) + 2;
    const response = await fetch(`${posthorn.service.url}/rest/v1/stream`, {
      headers: { authorization: `Bearer ${await tokenOf(claims({ org_id: orgId, exp }))}` },
    });
    expect(response.status).toBe(200);
    // Reads until the stream ends, long before the first heartbeat would check the token again.
    const startedMs = Date.now();
    await response.text().catch(() => "");
    expect(Date.now() - startedMs).toBeLessThan(12_000);
  });

  test("counts as a wrong key if no issuer is configured", async () => {
    const plain = await startTestService();
    try {
      const token = await tokenOf(claims({ role: "service_role" }));
      const answer = await plain.apiWith(token).get("/rest/v1/webhook_events");
      expect([answer.status, answer.row["code"]]).toEqual([401, "PH_KEY_WRONG"]);
    } finally {
      await plain.close();
    }
  });
});

test("keys are fetched from a URL, and tokens that they signed are accepted", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const document = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }] };
  let fetches = 0;
  const issuer = createServer((_request, response) => {
    fetches += 1;
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  const { port } = issuer.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/auth/v1/.well-known/jwks.json`;
  const other = await startTestService({ environment: { POSTHORN_JWT_JWKS_URL: url } });
  try {
    const orgId = other.newOrg();
    await publish(other.api, orgId);
    const header = { alg: "ES256", kid: "k1" };
    const api = other.apiWith(await tokenOf(claims({ org_id: orgId }), privateKey, header));
    for (let each = 0; each < 3; each += 1) {
      expect((await api.get("/rest/v1/webhook_events")).rows).toHaveLength(1);
    }
    expect(fetches).toBe(1);
    const unknown = await tokenOf(claims({ org_id: orgId }), privateKey, { ...header, kid: "k2" });
    expect((await other.apiWith(unknown).get("/rest/v1/webhook_events")).status).toBe(401);
    expect(
      (await other.apiWith(await tokenOf(claims())).get("/rest/v1/webhook_events")).row,
    ).toMatchObject({ code: "PH_TOKEN_ALGORITHM" });
  } finally {
    await other.close();
    issuer.closeAllConnections();
    issuer.close();
  }
});
