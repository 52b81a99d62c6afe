/**
 * The probe goes through the whole pipeline, reports its age, and shows when it does not arrive.
 */
import { describe, test, type TestContext } from "vitest";
import { probeEndpointId, probeOrgId, probeType, probeUrl } from "../../src/model/probe.ts";
import { until } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

type OnTestFinished = TestContext["onTestFinished"];

async function start(
  onTestFinished: OnTestFinished,
  environment: Readonly<Record<string, string>>,
): Promise<TestService> {
  const posthorn = await startTestService({ environment });
  onTestFinished(() => posthorn.close());
  return posthorn;
}

interface ProbeCheck {
  readonly ok: boolean;
  readonly age_seconds: number | null;
  readonly what_to_do?: string;
}

async function probeOf(posthorn: TestService): Promise<{ status: number; probe?: ProbeCheck }> {
  const { status, row } = await posthorn.api.get("/readyz");
  return { status, ...(row["checks"] as { probe?: ProbeCheck }) };
}

async function metric(posthorn: TestService, name: string): Promise<number | null> {
  const { text } = await posthorn.api.get("/metrics");
  const value = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
  return value === undefined ? null : Number(value);
}

const delivered = (posthorn: TestService): Promise<number> =>
  posthorn.api
    .get(`/rest/v1/webhook_deliveries?org_id=eq.${probeOrgId}&status=eq.delivered`)
    .then(({ rows }) => rows.length);

// This test runs alone, because it must see the state before the first probe.
test("goes through the whole pipeline again and again, and its age is known", async ({
  expect,
  onTestFinished,
}) => {
  const posthorn = await start(onTestFinished, { POSTHORN_PROBE: "1s" });
  expect((await probeOf(posthorn)).probe).toEqual({ ok: true, age_seconds: null });
  expect(await metric(posthorn, "posthorn_probe_duration_seconds_count")).toBe(0);
  await until(async () => (await delivered(posthorn)) >= 2, "two probes", 15_000);
  // The receiver gets the probe a moment before the node knows that the probe arrived.
  let age: number | null = null;
  const isKnown = async (): Promise<boolean> =>
    (age = (await probeOf(posthorn)).probe?.age_seconds ?? null) !== null;
  await until(isKnown, "its age", 15_000);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(10);
  expect(await metric(posthorn, "posthorn_probe_age_seconds")).toBeLessThan(10);
  expect(await metric(posthorn, "posthorn_probe_duration_seconds_count")).toBeGreaterThan(0);
  const path = `/rest/v1/webhook_attempts?org_id=eq.${probeOrgId}&limit=1`;
  expect((await posthorn.api.get(path)).row).toMatchObject({ response_status: 204 });
});

// Each test has its own service and spends most of its time waiting for probes, so they run
// concurrently.
describe.concurrent("the probe", () => {
  test("a receiver that cannot verify it makes the node not ready, until it can again", async ({
    expect,
    onTestFinished,
  }) => {
    const posthorn = await start(onTestFinished, { POSTHORN_PROBE: "1s" });
    await until(async () => (await delivered(posthorn)) > 0, "a probe", 15_000);
    const { pool, node } = posthorn.service;
    const { rows } = await pool.query<{ ciphertext: string }>(
      `with before as (select id, ciphertext from posthorn.endpoint_secrets where endpoint_id = $1)
       update posthorn.endpoint_secrets set ciphertext = 'v1.00000000.AAAA' from before
       where endpoint_secrets.id = before.id returning before.ciphertext`,
      [probeEndpointId],
    );
    const renew = async (): Promise<void> => {
      await pool.query("update posthorn.endpoints set version = version + 1 where id = $1", [
        probeEndpointId,
      ]);
      await node.endpointsChanged([probeEndpointId]);
    };
    await renew();
    let answer = await probeOf(posthorn);
    const turns = async (status: number): Promise<boolean> =>
      (answer = await probeOf(posthorn)).status === status;
    await until(() => turns(503), "not ready", 40_000);
    expect(answer.probe).toMatchObject({ ok: false });
    expect(answer.probe?.what_to_do).toContain("probe.posthorn.internal");
    await pool.query(
      "update posthorn.endpoint_secrets set ciphertext = $2 where endpoint_id = $1",
      [probeEndpointId, rows[0]?.ciphertext],
    );
    await renew();
    await until(() => turns(200), "ready again", 40_000);
  });

  test("the probe's endpoint is restored after it was turned off or deleted", async ({
    onTestFinished,
  }) => {
    const posthorn = await start(onTestFinished, { POSTHORN_PROBE: "1s" });
    await until(async () => (await delivered(posthorn)) > 0, "a probe", 15_000);
    await posthorn.service.pool.query(
      "update posthorn.endpoints set is_active = false, deleted_at = now() where id = $1",
      [probeEndpointId],
    );
    const before = await delivered(posthorn);
    await until(async () => (await delivered(posthorn)) > before, "another", 15_000);
  });

  test("its endpoint is neither shown nor changed, and nobody else publishes its type", async ({
    expect,
    onTestFinished,
  }) => {
    const posthorn = await start(onTestFinished, { POSTHORN_PROBE: "1s" });
    await until(async () => (await delivered(posthorn)) > 0, "a probe", 15_000);
    const { api, service } = posthorn;
    const path = `/rest/v1/webhook_endpoints?id=eq.${probeEndpointId}`;
    const asked = { prefer: "return=representation" };
    expect((await api.get(path)).rows).toEqual([]);
    expect((await api.request("PATCH", path, { is_active: false }, asked)).rows).toEqual([]);
    expect((await api.request("DELETE", path, undefined, asked)).rows).toEqual([]);
    const { rows } = await service.pool.query<{ id: string }>(
      "select event_id as id from posthorn.deliveries where endpoint_id = $1 limit 1",
      [probeEndpointId],
    );
    const explained = await api.post("/rest/v1/rpc/explain", { event_id: rows[0]?.id });
    expect([explained.status, explained.rows]).toEqual([200, []]);
    for (const name of ["send_test", "rotate_secret", "switch_secret", "endpoint_secrets"]) {
      const answer = await api.post(`/rest/v1/rpc/${name}`, { endpoint_id: probeEndpointId });
      expect([name, answer.status, answer.row["code"]]).toEqual([name, 404, "PH_NOT_FOUND"]);
    }
    const replay = { endpoint_id: probeEndpointId, since: "2026-01-01T00:00:00Z" };
    expect((await api.post("/rest/v1/rpc/replay", replay)).row["code"]).toBe("PH_NOT_FOUND");
    const erased = await api.post("/rest/v1/rpc/erase_org", { org_id: probeOrgId });
    expect(erased.row["code"]).toBe("PH_NOT_FOUND");
    const url = "https://example.com/";
    const created = await api.post("/rest/v1/webhook_endpoints", { org_id: probeOrgId, url });
    expect(created.row).toMatchObject({ code: "PH_FIELD_INVALID" });
    const changes: readonly (readonly [string, object])[] = [
      ["webhook_orgs", { id: probeOrgId, name: "mine" }],
      ["api_keys", { org_id: probeOrgId, role: "manage" }],
      ["rpc/portal_link", { org_id: probeOrgId }],
    ];
    for (const [table, body] of changes) {
      const prefer = table === "webhook_orgs" ? { prefer: "resolution=merge-duplicates" } : {};
      const answer = await api.post(`/rest/v1/${table}`, body, prefer);
      expect([table, answer.row["code"]]).toEqual([table, "PH_FIELD_INVALID"]);
    }

    const event = { event_type: probeType, data: {} };
    for (const orgId of [posthorn.newOrg(), probeOrgId]) {
      const answer = await api.post("/rest/v1/webhook_events", { org_id: orgId, ...event });
      expect([answer.status, answer.row["code"]]).toEqual([400, "PH_EVENT_TYPE_UNKNOWN"]);
    }
    const type = { name: probeType, description: "" };
    const added = await api.post("/rest/v1/webhook_event_types", type);
    expect([added.status, added.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
    // Not even a row that somebody wrote into the catalogue allows it.
    await service.pool.query(
      `insert into posthorn.event_types (name, description, schema_check, created_at, updated_at)
       values ($1, '', 'refuse', now(), now())`,
      [probeType],
    );
    const bySql = service.pool.query("select posthorn.publish($1::text, $2, '{}')", [
      posthorn.newOrg(),
      probeType,
    ]);
    await expect(bySql).rejects.toThrow("is not in the catalogue");
  });

  test("nobody can register its receiver, and it allows no other address", async ({
    expect,
    onTestFinished,
  }) => {
    const posthorn = await start(onTestFinished, {
      POSTHORN_PROBE: "1s",
      POSTHORN_ALLOW_CIDRS: "10.255.0.0/16",
    });
    await until(async () => (await delivered(posthorn)) > 0, "a probe", 15_000);
    const orgId = posthorn.newOrg();
    for (const url of [probeUrl, "http://127.0.0.1:9/", "https://probe.posthorn.internal/"]) {
      const answer = await posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: orgId, url });
      expect(answer.status, url).toBe(400);
      expect(answer.row["code"], url).toMatch(/^PH_URL_/);
    }
  });

  test("there are no probes with POSTHORN_PROBE=0s", async ({ expect, onTestFinished }) => {
    const posthorn = await start(onTestFinished, { POSTHORN_PROBE: "0s" });
    expect(await probeOf(posthorn)).not.toHaveProperty("probe");
  });
});
