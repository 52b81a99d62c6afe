/** Limits of requests: a value at its limit is accepted; one beyond it is rejected. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type Answered, type TestService } from "../support/service.ts";
import { claims, jwtSecret, tokenOf } from "../support/tokens.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_JWT_SECRET: jwtSecret } });
  receiver = await startReceiver();
  const types = Array.from({ length: limits.eventTypesPerEndpointMax + 1 }, (_, index) => ({
    name: `many.type${index}`,
    description: "One of many.",
  }));
  await posthorn.api.post("/rest/v1/webhook_event_types", types);
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

type LimitName = keyof typeof limits;

interface Bound {
  readonly limit: LimitName;
  /** Names the request, if several requests have this limit. */
  readonly what?: string;
  /** If true, the limit is a minimum: values below it are rejected. */
  readonly isLeast?: boolean;
  readonly code: string;
  send(value: number): Promise<Answered>;
}

const text = (length: number): string => "x".repeat(length);
const list = <Each>(length: number, each: (index: number) => Each): Each[] =>
  Array.from({ length }, (_, index) => each(index));

const endpoint = (fields: object): Promise<Answered> =>
  posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: posthorn.newOrg(),
    url: receiver.url,
    ...fields,
  });
const event = (fields: object): Promise<Answered> =>
  posthorn.api.post("/rest/v1/webhook_events", {
    org_id: posthorn.newOrg(),
    event_type: "scan.completed",
    data: { scan_id: "s" },
    ...fields,
  });
const eventType = (fields: object): Promise<Answered> =>
  posthorn.api.post("/rest/v1/webhook_event_types", {
    name: `a.b${createHash("md5").update(JSON.stringify(fields)).digest("hex")}`,
    description: "d",
    ...fields,
  });
const portalLink = (fields: object): Promise<Answered> =>
  posthorn.api.post("/rest/v1/rpc/portal_link", { org_id: posthorn.newOrg(), ...fields });

const listed: readonly Bound[] = [
  {
    limit: "urlCharsMax",
    code: "PH_URL_INVALID",
    send: (length) =>
      endpoint({ url: `${receiver.url}/${text(length - receiver.url.length - 1)}` }),
  },
  {
    limit: "descriptionCharsMax",
    what: " of an endpoint",
    code: "PH_FIELD_INVALID",
    send: (length) => endpoint({ description: text(length) }),
  },
  {
    limit: "descriptionCharsMax",
    what: " of an event type",
    code: "PH_FIELD_INVALID",
    send: (length) => eventType({ description: text(length) }),
  },
  {
    limit: "endpointInFlightMax",
    code: "PH_FIELD_INVALID",
    send: (count) => endpoint({ in_flight_max: count }),
  },
  {
    limit: "endpointRatePerSecondMax",
    code: "PH_FIELD_INVALID",
    send: (rate) => endpoint({ rate_per_second: rate }),
  },
  {
    limit: "eventTypesPerEndpointMax",
    code: "PH_FIELD_INVALID",
    send: (length) => endpoint({ events: list(length, (index) => `many.type${index}`) }),
  },
  {
    limit: "customHeadersMax",
    code: "PH_HEADERS_INVALID",
    send: (length) =>
      endpoint({ headers: Object.fromEntries(list(length, (index) => [`x-a${index}`, "1"])) }),
  },
  {
    limit: "customHeaderNameCharsMax",
    code: "PH_HEADERS_INVALID",
    send: (length) => endpoint({ headers: { [text(length)]: "1" } }),
  },
  {
    limit: "customHeaderValueCharsMax",
    code: "PH_HEADERS_INVALID",
    send: (length) => endpoint({ headers: { "x-a": text(length) } }),
  },
  {
    limit: "secretOverlapSecondsMax",
    code: "PH_FIELD_INVALID",
    async send(seconds) {
      const { endpointId } = await subscribe(posthorn, receiver.url);
      const rotation = { endpoint_id: endpointId, overlap_seconds: seconds };
      return posthorn.api.post("/rest/v1/rpc/rotate_secret", rotation);
    },
  },
  {
    limit: "nameCharsMax",
    what: " of an org",
    code: "PH_FIELD_INVALID",
    send: (length) =>
      posthorn.api.post("/rest/v1/webhook_orgs", { id: posthorn.newOrg(), name: text(length) }),
  },
  {
    limit: "nameCharsMax",
    what: " of a key",
    code: "PH_FIELD_INVALID",
    send: (length) =>
      posthorn.api.post("/rest/v1/api_keys", {
        org_id: posthorn.newOrg(),
        name: text(length),
        role: "read",
      }),
  },
  {
    limit: "apiKeyDaysMax",
    code: "PH_FIELD_INVALID",
    send: (days) =>
      posthorn.api.post("/rest/v1/api_keys", {
        org_id: posthorn.newOrg(),
        name: "n",
        role: "read",
        // A minute less than the limit, because the service reads its clock later than the test.
        expires_at: new Date(Date.now() + days * 86_400_000 - 60_000).toISOString(),
      }),
  },
  {
    limit: "eventTypeNameCharsMax",
    code: "PH_FIELD_INVALID",
    send: (length) => eventType({ name: text(length) }),
  },
  {
    limit: "externalIdCharsMax",
    what: " of an org",
    code: "PH_ID_INVALID",
    send: (length) => event({ org_id: text(length) }),
  },
  {
    limit: "externalIdCharsMax",
    what: " of an event",
    code: "PH_ID_INVALID",
    send: (length) => event({ external_id: text(length) }),
  },
  {
    limit: "externalIdCharsMax",
    what: " of an endpoint",
    code: "PH_ID_INVALID",
    send: (length) => endpoint({ external_id: text(length) }),
  },
  {
    limit: "idempotencyKeyCharsMax",
    code: "PH_FIELD_INVALID",
    send: (length) => event({ idempotency_key: text(length) }),
  },
  {
    limit: "jsonDepthMax",
    code: "PGRST102",
    // The nesting depth counts the body's object as one level and `data` as another.
    send: (depth) => event({ data: { scan_id: "s", deep: deepArray(depth - 2) } }),
  },
  {
    limit: "rowsPerInsertMax",
    what: " of events",
    code: "PH_TOO_MANY_ROWS",
    send(length) {
      const orgId = posthorn.newOrg();
      const one = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };
      return posthorn.api.post(
        "/rest/v1/webhook_events",
        list(length, () => one),
      );
    },
  },
  {
    limit: "portalSecondsMax",
    what: " of a link",
    code: "PH_FIELD_INVALID",
    send: (seconds) => portalLink({ expires_in_seconds: seconds }),
  },
  {
    limit: "portalSecondsMax",
    what: " of its session",
    code: "PH_FIELD_INVALID",
    send: (seconds) => portalLink({ session_seconds: seconds }),
  },
  {
    limit: "linkSecondsLeast",
    isLeast: true,
    code: "PH_FIELD_INVALID",
    send: (seconds) => portalLink({ expires_in_seconds: seconds }),
  },
  {
    limit: "portalSessionSecondsLeast",
    isLeast: true,
    code: "PH_FIELD_INVALID",
    send: (seconds) => portalLink({ session_seconds: seconds }),
  },
  {
    limit: "tokenSubjectCharsMax",
    code: "PH_TOKEN_INVALID",
    async send(length) {
      const token = await tokenOf(claims({ org_id: posthorn.newOrg(), sub: text(length) }));
      return posthorn.apiWith(token).get("/rest/v1/webhook_endpoints");
    },
  },
  {
    limit: "statisticsPointsMax",
    code: "PH_FIELD_INVALID",
    send(points) {
      const until = Date.parse("2026-01-02T00:00:00Z");
      const since = new Date(until - points * 60_000).toISOString();
      const asked = `since=${since}&until=${new Date(until).toISOString()}&resolution_seconds=60`;
      return posthorn.api.get(`/rest/v1/rpc/delivery_statistics?${asked}`);
    },
  },
  {
    limit: "healthRangeMsMax",
    code: "PH_FIELD_INVALID",
    send(rangeMs) {
      // A tolerance of half a minute, because the service and the test read different clocks.
      const isPast = rangeMs > limits.healthRangeMsMax;
      const sinceMs = Date.now() - rangeMs + (isPast ? -30_000 : 30_000);
      return posthorn.api.get(
        `/rest/v1/rpc/endpoint_health?since=${new Date(sinceMs).toISOString()}`,
      );
    },
  },
  {
    limit: "filtersMax",
    code: "PH_QUERY_TOO_COMPLEX",
    send: (count) =>
      posthorn.api.get(`/rest/v1/webhook_orgs?${list(count, () => "name=eq.a").join("&")}`),
  },
  {
    limit: "filterDepthMax",
    code: "PH_QUERY_TOO_COMPLEX",
    send: (depth) =>
      posthorn.api.get(
        `/rest/v1/webhook_orgs?or=${"(and".repeat(depth - 1)}(name.eq.a)${")".repeat(depth - 1)}`,
      ),
  },
  {
    limit: "columnsPerListMax",
    code: "PH_QUERY_TOO_COMPLEX",
    send: (count) =>
      posthorn.api.get(`/rest/v1/webhook_orgs?select=${list(count, () => "id").join(",")}`),
  },
  {
    limit: "jsonPathStepsMax",
    code: "PH_QUERY_TOO_COMPLEX",
    send: (steps) => posthorn.api.get(`/rest/v1/webhook_events?select=data${"->a".repeat(steps)}`),
  },
];

function deepArray(depth: number): unknown {
  return depth === 0 ? 1 : JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

const bounds = listed.map((bound) => Object.assign({ what: "" }, bound));

describe("a value at its limit is accepted, and one beyond it is rejected", () => {
  test.each(bounds)("$limit$what", async ({ limit, isLeast, code, send }) => {
    const at = await send(limits[limit]);
    expect([at.status, at.text], at.text).toEqual([expect.toSatisfy(isTaken), at.text]);
    const past = await send(limits[limit] + (isLeast === true ? -1 : 1));
    expect([past.status >= 400 && past.status < 500, past.row["code"]]).toEqual([true, code]);
    expect(Object.keys(past.row)).toEqual(["code", "details", "hint", "message"]);
  });
});

const isTaken = (status: number): boolean => status >= 200 && status < 300;

test("an endpoint without a setting has the default concurrency", async () => {
  const { row } = await endpoint({});
  expect(row["in_flight_max"]).toBe(limits.endpointInFlightDefault);
});

describe("custom headers", () => {
  const reserved = [
    ..."host content-length transfer-encoding connection te trailer upgrade expect".split(" "),
    ..."keep-alive proxy-connection proxy-authorization content-type user-agent".split(" "),
    ..."webhook-id webhook-timestamp webhook-signature".split(" "),
    ..."x-cda-signature x-posthorn-anything content-encoding accept-encoding date via".split(" "),
  ];
  test.each(reserved)("cannot be %s, in any case", async (name) => {
    for (const each of [name, name.toUpperCase()]) {
      const { status, row } = await endpoint({ headers: { [each]: "1" } });
      expect([status, row["code"]]).toEqual([400, "PH_HEADERS_INVALID"]);
    }
  });

  test.each(["svix-id", "Svix-Signature"])(
    "can be %s, unless the endpoint's own contract sets it",
    async (name) => {
      const headers = { [name]: "1" };
      expect((await endpoint({ headers })).status).toBe(201);
      const { status, row } = await endpoint({ headers, contract: "svix" });
      expect([status, row["code"]]).toEqual([400, "PH_HEADERS_INVALID"]);
    },
  );

  test.each([
    ["a line break", "a\r\nx-b: c"],
    ["a bare line feed", "a\nb"],
    ["a NUL", "a\u0000b"],
    ["a space at its end", "a "],
    ["text beyond ASCII", "ü"],
    ["nothing", ""],
    ["a number", 1],
    ["a list", ["a"]],
  ])("cannot contain %s", async (_name, value) => {
    const { status, row } = await endpoint({ headers: { "x-a": value } });
    expect([status, row["code"]]).toEqual([400, "PH_HEADERS_INVALID"]);
  });

  test.each(["a b", "a:b", "a\r\nb", "", "ü", "a\u0000"])("cannot be called %j", async (name) => {
    const { status, row } = await endpoint({ headers: { [name]: "1" } });
    expect([status, row["code"]]).toEqual([400, "PH_HEADERS_INVALID"]);
  });
});
