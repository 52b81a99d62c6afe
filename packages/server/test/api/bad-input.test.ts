/** Every rejected request gets a status, a stable code and a sentence, and stores nothing. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function count(table: string): Promise<number> {
  const { headers } = await posthorn.api.request("HEAD", `/rest/v1/${table}`, undefined, {
    prefer: "count=exact",
  });
  return Number(headers.get("content-range")?.split("/")[1]);
}

describe("publishing", () => {
  test.each([
    ["an unknown event type", { event_type: "no.such" }, 400, "PH_EVENT_TYPE_UNKNOWN"],
    ["data that breaks the schema", { data: { scan_id: 17 } }, 422, "PH_EVENT_DATA_INVALID"],
    ["an unknown column", { colour: "red" }, 400, "PGRST204"],
    ["an org that is no id", { org_id: "ac\u0007me" }, 400, "PH_ID_INVALID"],
    ["a timestamp that is none", { timestamp: "yesterday-ish" }, 400, "22007"],
    ["a missing event type", { event_type: null }, 400, "23502"],
    ["a missing org", { org_id: null }, 400, "23502"],
  ])("%s", async (_name, fields, status, code) => {
    const before = await count("webhook_events");
    const answered = await posthorn.api.post("/rest/v1/webhook_events", {
      org_id: posthorn.newOrg(),
      event_type: "scan.completed",
      data: { scan_id: "s" },
      ...fields,
    });
    expect([answered.status, answered.row["code"]]).toEqual([status, code]);
    expect(String(answered.row["message"]).length).toBeGreaterThan(10);
    expect(Object.keys(answered.row).toSorted()).toEqual(["code", "details", "hint", "message"]);
    expect(await count("webhook_events")).toBe(before);
  });

  const good = { org_id: "o", event_type: "scan.completed", data: { scan_id: "s" } };
  test.each([
    ["a type", { ...good, event_type: "scan.complete" }, /Did you mean scan.completed\?/],
    ["data", { ...good, data: {} }, /Fix the data/],
    ["a missing type", { ...good, event_type: null }, /^event_type is required/],
    ["a time in milliseconds", { ...good, timestamp: 1.7e12 }, /not milliseconds/],
    ["a time", { ...good, timestamp: "24h" }, /ISO 8601/],
    ["a member", { ...good, idempotencyKey: "k" }, /may set: .*idempotency_key/],
    ["a column that is read only", { ...good, endpoints_matched: 1 }, /Leave it out/],
    ["tags", { ...good, tags: [""] }, /./],
    ["the members", { ...good, external_id: "e" }, /same members; use null/],
  ])("an array with a wrong element says which, and what to do: %s", async (_name, wrong, hint) => {
    const names = Object.keys(wrong).filter((name) => name !== "external_id");
    const first = { ...Object.fromEntries(names.map((name) => [name, null])), ...good };
    const answered = await posthorn.api.post("/rest/v1/webhook_events", [first, wrong, first]);
    expect(answered.status).toBeGreaterThanOrEqual(400);
    expect(String(answered.row["hint"])).toMatch(hint);
    // Each element has a member that no event has.
    const isInEach = ["PGRST204", "42501"].includes(String(answered.row["code"]));
    const place = isInEach
      ? "Element 1 of the array (index 0)."
      : "Element 2 of the array (index 1).";
    expect(answered.row["details"]).toBe(place);
  });

  test("broken JSON", async () => {
    const answered = await posthorn.api.post("/rest/v1/webhook_events", '{"org_id": ');
    expect([answered.status, answered.row["code"]]).toEqual([400, "PGRST102"]);
  });

  test("a compressed body is rejected as such, and an identity encoding is accepted", async () => {
    const event = {
      org_id: posthorn.newOrg(),
      event_type: "scan.completed",
      data: { scan_id: "s" },
    };
    for (const encoding of ["gzip", "br", "GZip, identity"]) {
      const headers = { "content-encoding": encoding };
      const answered = await posthorn.api.post("/rest/v1/webhook_events", event, headers);
      expect([answered.status, answered.row["code"]]).toEqual([415, "PH_CONTENT_ENCODING"]);
      expect(answered.row["message"]).toContain(JSON.stringify(encoding));
    }
    const plain = { "content-encoding": "identity" };
    expect((await posthorn.api.post("/rest/v1/webhook_events", event, plain)).status).toBe(201);
  });

  test("an array with one bad event stores none of them", async () => {
    const orgId = posthorn.newOrg();
    const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };
    const answered = await posthorn.api.post("/rest/v1/webhook_events", [
      event,
      { ...event, event_type: "no.such" },
    ]);
    expect(answered.status).toBe(400);
    const stored = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
    expect(stored.rows).toHaveLength(0);
  });

  test("a body of 256 KiB is accepted, one byte more gets 413", async () => {
    const orgId = posthorn.newOrg();
    const bodyOf = (bytes: number) => {
      const frame = JSON.stringify({
        org_id: orgId,
        event_type: "scan.completed",
        data: { scan_id: "" },
      });
      return frame.replace('""', `"${"x".repeat(bytes - frame.length)}"`);
    };
    const atLimit = await posthorn.api.post("/rest/v1/webhook_events", bodyOf(limits.bodyBytesMax));
    expect(atLimit.status).toBe(201);
    const above = await posthorn.api.post(
      "/rest/v1/webhook_events",
      bodyOf(limits.bodyBytesMax + 1),
    );
    expect([above.status, above.row["code"]]).toEqual([413, "PH_BODY_TOO_LARGE"]);
  });

  test("a type that only warns stores data that violates its schema, and says so", async () => {
    await posthorn.api.post("/rest/v1/webhook_event_types", {
      name: "lenient.type",
      description: "Checked, but never refused.",
      schema: { type: "object", required: ["id"] },
      schema_check: "warn",
    });
    const answered = await posthorn.api.post(
      "/rest/v1/webhook_events",
      { org_id: posthorn.newOrg(), event_type: "lenient.type", data: {} },
      representation,
    );
    expect(answered.status).toBe(201);
    expect(answered.row["schema_warning"]).toContain("id");
  });
});

describe("idempotency keys", () => {
  const event = (orgId: string, key: string, scanId = "s") => ({
    org_id: orgId,
    event_type: "scan.completed",
    data: { scan_id: scanId },
    idempotency_key: key,
  });

  test("the same key and event again gets 201 and the first event, which is sent once", async () => {
    const { orgId } = await subscribe(posthorn, `${receiver.url}/once`);
    const first = await posthorn.api.post(
      "/rest/v1/webhook_events",
      event(orgId, "k1"),
      representation,
    );
    const second = await posthorn.api.post(
      "/rest/v1/webhook_events",
      event(orgId, "k1"),
      representation,
    );
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.row.id).toBe(first.row.id);
    await publish(posthorn.api, orgId);
    await until(
      () => receiver.received.filter((each) => each.path === "/once").length === 2,
      "one of the key's, and one more",
    );
  });

  test("the same key and another event gets 422, and nothing is stored", async () => {
    const orgId = posthorn.newOrg();
    await posthorn.api.post("/rest/v1/webhook_events", event(orgId, "k2"));
    const answered = await posthorn.api.post("/rest/v1/webhook_events", event(orgId, "k2", "t"));
    expect([answered.status, answered.row["code"]]).toEqual([422, "PH_IDEMPOTENCY_KEY_REUSED"]);
    const { rows } = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
    expect(rows).toHaveLength(1);
    const array = await posthorn.api.post("/rest/v1/webhook_events", [
      event(orgId, "k3"),
      event(orgId, "k2", "u"),
    ]);
    expect(array.status).toBe(422);
    const after = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
    expect(after.rows).toHaveLength(1);
  });

  test("while the first request is in flight, others with its key get 409; one of many is accepted", async () => {
    const orgId = posthorn.newOrg();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        posthorn.api.post("/rest/v1/webhook_events", event(orgId, "k4")),
      ),
    );
    const statuses = new Set(answers.map((each) => each.status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
    expect(answers.some((each) => each.status === 201)).toBe(true);
    const { rows } = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
    expect(rows).toHaveLength(1);
  });

  test("each org has its own keys", async () => {
    const [one, two] = [posthorn.newOrg(), posthorn.newOrg()];
    const first = await posthorn.api.post("/rest/v1/webhook_events", event(one, "same"));
    const second = await posthorn.api.post("/rest/v1/webhook_events", event(two, "same", "t"));
    expect([first.status, second.status]).toEqual([201, 201]);
  });
});

describe("endpoints", () => {
  test.each([
    ["a URL with userinfo", { url: "https://user:pass@example.com/" }, "PH_URL_USERINFO"],
    ["a private address", { url: "https://10.0.0.1/" }, "PH_URL_ADDRESS"],
    ["the cloud's metadata", { url: "https://169.254.169.254/latest" }, "PH_URL_ADDRESS"],
    ["http to a public address", { url: "http://93.184.216.34/" }, "PH_URL_SCHEME"],
    ["another scheme", { url: "ftp://example.com/" }, "PH_URL_SCHEME"],
    ["no URL at all", { url: "example" }, "PH_URL_INVALID"],
    ["a missing URL", { url: null }, "PH_URL_INVALID"],
    ["an unknown event type", { events: ["no.such"] }, "PH_EVENT_TYPE_UNKNOWN"],
    ["an empty list of types", { events: [] }, "PH_FIELD_INVALID"],
    ["an unknown contract", { contract: "acme" }, "PH_CONTRACT_UNKNOWN"],
    ["a secret of the wrong form", { secret: "hunter2" }, "PH_SECRET_INVALID"],
    ["an empty secret", { secret: "" }, "PH_SECRET_INVALID"],
    ["a secret with a line break", { contract: "cda", secret: "a\nb" }, "PH_SECRET_INVALID"],
    ["a secret that is too long", { secret: "a".repeat(513) }, "PH_SECRET_INVALID"],
    ["a secret that is no text", { secret: 1 }, "PH_SECRET_INVALID"],
    ["a cap of 0", { in_flight_max: 0 }, "PH_FIELD_INVALID"],
    ["a cap of 257", { in_flight_max: 257 }, "PH_FIELD_INVALID"],
    ["a rate of 0", { rate_per_second: 0 }, "PH_FIELD_INVALID"],
    ["a rate of 10001", { rate_per_second: 10_001 }, "PH_FIELD_INVALID"],
    ["a rate with a fraction", { rate_per_second: 1.5 }, "22P02"],
    ["a header of the signature's", { headers: { "Webhook-Id": "x" } }, "PH_HEADERS_INVALID"],
    ["a header of the framing", { headers: { "Content-Length": "0" } }, "PH_HEADERS_INVALID"],
    ["a header with a line break", { headers: { "X-A": "a\r\nb: c" } }, "PH_HEADERS_INVALID"],
    ["a header twice", { headers: { "X-A": "1", "x-a": "2" } }, "PH_HEADERS_INVALID"],
    ["an unknown column", { colour: "red" }, "PGRST204"],
  ])("%s", async (_name, fields, code) => {
    const orgId = posthorn.newOrg();
    const answered = await posthorn.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url: receiver.url,
      ...fields,
    });
    expect([answered.status, answered.row["code"]]).toEqual([400, code]);
    const { rows } = await posthorn.api.get(`/rest/v1/webhook_endpoints?org_id=eq.${orgId}`);
    expect(rows).toHaveLength(0);
    const orgs = await posthorn.api.get(`/rest/v1/webhook_orgs?id=eq.${orgId}`);
    expect(orgs.rows).toHaveLength(0);
  });

  test("a rejected change changes nothing", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    const answered = await posthorn.api.request("PATCH", path, {
      description: "new",
      url: "https://127.1.2.3.4/",
    });
    expect(answered.status).toBe(400);
    expect((await posthorn.api.get(path)).row).toMatchObject({
      description: "",
      url: `${receiver.url}/`,
    });
  });
});

describe("reading", () => {
  test.each([
    ["/rest/v1/webhook_deliverys", 404, "PGRST205"],
    ["/rest/v1/webhook_deliveries?colour=eq.red", 400, "42703"],
    ["/rest/v1/webhook_deliveries?select=colour", 400, "42703"],
    ["/rest/v1/webhook_deliveries?status=failed", 400, "PGRST100"],
    ["/rest/v1/webhook_deliveries?select=*,webhook_endpoints(*)", 400, "PGRST200"],
    ["/rest/v1/webhook_deliveries?select=count()", 400, "PGRST123"],
    ["/rest/v1/webhook_deliveries?limit=-1", 416, "PGRST103"],
    ["/rest/v1/rpc/no_such", 404, "PGRST202"],
    ["/rest/v1/a/b/c", 404, "PGRST125"],
  ])("%s is %i %s", async (path, status, code) => {
    const answered = await posthorn.api.get(path);
    expect([answered.status, answered.row["code"]]).toEqual([status, code]);
  });

  test.each([
    ["GET", "/rest/v1/webhook_deliveries?id=eq.nope", "a filter or cast"],
    ["GET", "/rest/v1/webhook_deliveries?event_id=eq.nope", "a filter or cast"],
    ["GET", "/rest/v1/webhook_deliveries?id=in.(nope)", "a filter or cast"],
    ["GET", "/rest/v1/webhook_deliveries?id=eq(any).{nope}", "a filter or cast"],
    ["GET", "/rest/v1/webhook_attempts?id=gt.nope", "a filter or cast"],
    ["GET", "/rest/v1/webhook_deliveries?or=(id.neq.nope,org_id.is.null)", "a filter or cast"],
    ["GET", "/rest/v1/webhook_event_types?select=name::uuid&name=eq.nope", "a filter or cast"],
    ["PATCH", "/rest/v1/webhook_endpoints?id=eq.nope", "a filter or cast"],
    ["GET", "/rest/v1/rpc/explain?event_id=nope", "event_id"],
    ["POST", "/rest/v1/rpc/send_test", "endpoint_id"],
  ])("%s %s says what is not a UUID", async (method, path, field) => {
    if (path.includes("::uuid")) {
      await posthorn.api.post("/rest/v1/webhook_event_types", { name: "nope" });
    }
    const body = { POST: { [field]: "nope" }, PATCH: { description: "" } }[method];
    const answered = await posthorn.api.request(method, path, body);
    expect([answered.status, answered.row]).toEqual([
      400,
      {
        code: "PH_UUID_INVALID",
        details: null,
        hint: "A UUID has 32 hexadecimal digits, e.g. 7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11.",
        message: `The value of ${field} is not a UUID: "nope".`,
      },
    ]);
  });

  test("deliveries and attempts are read-only, events are insert and read", async () => {
    for (const [method, table] of [
      ["POST", "webhook_deliveries"],
      ["PATCH", "webhook_deliveries"],
      ["DELETE", "webhook_deliveries"],
      ["POST", "webhook_attempts"],
      ["DELETE", "webhook_attempts"],
      ["PATCH", "webhook_events"],
      ["DELETE", "webhook_events"],
    ] as const) {
      const body = method === "DELETE" ? undefined : { status: "delivered" };
      const { status } = await posthorn.api.request(
        method,
        `/rest/v1/${table}?id=eq.${posthorn.newOrg()}`,
        body,
      );
      expect([method, table, status >= 400 && status < 500]).toEqual([method, table, true]);
    }
  });
});

test("one publisher's unstorable data does not fail others in its commit", async () => {
  const orgId = posthorn.newOrg();
  await posthorn.api.post("/rest/v1/webhook_event_types", {
    name: "any.data",
    description: "Anything.",
    schema: { type: "object", additionalProperties: { type: "number" } },
    schema_check: "warn",
  });
  const data = '{"a\\u0000b":"text"}';
  const bodies = Array.from({ length: 20 }, (_, index) =>
    index % 4 === 0
      ? `{"org_id":"${orgId}","event_type":"any.data","data":${data}}`
      : { org_id: orgId, event_type: "scan.completed", data: { scan_id: String(index) } },
  );
  const answers = await Promise.all(
    bodies.map((body) => posthorn.api.post("/rest/v1/webhook_events", body)),
  );
  expect(answers.map((each) => each.status)).toEqual(bodies.map(() => 201));
});
