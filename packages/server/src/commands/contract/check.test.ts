import { createHmac } from "node:crypto";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Contract } from "../../contracts/contract.ts";
import { packageFolder } from "../../contracts/documents.ts";
import { loadContracts, readContract } from "../../contracts/load.ts";
import { compileContract } from "../../contracts/render.ts";
import { checkRequest, type CheckResult } from "./check.ts";
import { checkAsJson, describeCheck } from "./describe.ts";
import { standIns } from "./rebuild.ts";
import { readRecorded } from "./recorded.ts";

const vendors = path.join(packageFolder("contracts"), "../../../vendors");
const vendor = (name: string): Contract => readContract(path.join(vendors, name, "contract.json"));
const shipped = (name: string): Contract => loadContracts().get(name) ?? vendor(name);

/** Long before every test. */
const atSeconds = 1_700_000_000;
const body = '{ "id": 42,\n  "name": "Zoë", "price": 1.50 }';
const nowMs = Date.UTC(2026, 10, 30);

/** A request as a capture shows it. */
function raw(headers: Readonly<Record<string, string>>, sent = body, target = "/hooks"): Buffer {
  const lines = Object.entries({ host: "old.example", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return Buffer.from(`POST ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${sent}`);
}

function check(
  document: Contract,
  recorded: Buffer,
  secrets: readonly (string | readonly [name: string, text: string])[],
): CheckResult {
  const request = readRecorded(recorded, { url: null, entry: null });
  const named = secrets.map((each) =>
    typeof each === "string"
      ? { name: Object.keys(document.secrets ?? { main: {} })[0] ?? "main", text: each }
      : { name: each[0], text: each[1] },
  );
  return checkRequest(document, request, { secrets: named, signingKeys: null, nowMs });
}

const hmac = (secret: string | Buffer, text: string, hash = "sha256") =>
  createHmac(hash, secret).update(text);
const secret = "the secret of the old sender";

/** The change of the document that makes the only wrong signature right. */
const changeFor = (result: CheckResult) => result.signatures[0]?.cause?.members;

describe("a right document passes, with a request of long ago:", () => {
  test("Stripe's form, with two secrets", () => {
    const text = `${atSeconds}.${body}`;
    const [one, other] = [secret, "the earlier secret"].map((key) => hmac(key, text).digest("hex"));
    const recorded = raw({
      "content-type": "application/json",
      "x-signature": `t=${atSeconds},v1=${one},v1=${other}`,
    });
    const result = check(shipped("stripe-like"), recorded, [secret, "the earlier secret"]);
    expect(result.isRight, describeCheck(result)).toBe(true);
    const half = check(shipped("stripe-like"), recorded, [secret]);
    expect(half.isRight).toBe(false);
    expect(describeCheck(half)).toContain("made one of the recorded signatures");
  });

  test("Standard Webhooks in CDA's envelope, with ids and times from the request", () => {
    const envelope =
      '{"event":"scan.completed","timestamp":"2025-03-22T12:00:00.250Z","data":{"z": 1.50}}';
    const key = Buffer.alloc(32, 9);
    const id = "evt_of_the_old_sender";
    const result = check(
      shipped("cda"),
      raw(
        {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": String(atSeconds),
          "webhook-signature": `v1,${hmac(key, `${id}.${atSeconds}.${envelope}`).digest("base64")}`,
          "x-cda-signature": hmac(`whsec_${key.toString("base64")}`, envelope).digest("hex"),
        },
        envelope,
      ),
      [`whsec_${key.toString("base64")}`],
    );
    expect(result.isRight, describeCheck(result)).toBe(true);
    expect(result.found.get("event.type")?.text).toBe("scan.completed");
    expect(describeCheck(result)).toContain(`{event.id}                       ${id}`);
  });

  test("Square's, over the URL", () => {
    const url = "https://old.example/hooks?a=b";
    const recorded = raw(
      {
        "content-type": "application/json",
        "x-square-hmacsha256-signature": hmac(secret, url + body).digest("base64"),
      },
      body,
      "/hooks?a=b",
    );
    const { signatures } = check(vendor("square"), recorded, [secret]);
    expect(signatures).toEqual([]);
  });

  test("a JSON Web Token, with its times", () => {
    const document = shipped("jwt");
    const contract = compileContract(document);
    const keys = new Map([["main", [contract.prepareKey("main", secret)]]]);
    const attempt = {
      event: { id: "old-id", type: "a.b", timestampMs: 1_000, dataJson: body },
      endpoint: { id: "e", orgId: "o", url: "https://old.example/hooks" },
      deliveryId: "0195bc6c-5d00-7000-8abc-123456789a00",
      number: 1,
      atMs: atSeconds * 1000,
    };
    const { headers, body: sent } = contract.render(attempt, keys);
    const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
    const recorded = raw(Object.fromEntries(pairs) as Record<string, string>, sent);
    const result = check(document, recorded, [secret]);
    expect(result.isRight, describeCheck(result)).toBe(true);
    const other = check({ ...document, signatures: { ...changedClaims(document) } }, recorded, [
      secret,
    ]);
    expect(describeCheck(other)).toContain("claims: recorded");
  });

  const changedClaims = (document: Contract): NonNullable<Contract["signatures"]> => {
    const [name = "", signature = {}] = Object.entries(document.signatures ?? {})[0] ?? [];
    const { jwt = { claims: {} }, ...rest } = signature as Exclude<typeof signature, string>;
    return { [name]: { ...rest, jwt: { ...jwt, claims: { more: 1, ...(jwt.claims as object) } } } };
  };

  test.each(
    "adyen-platform box chargebee contentful github gitlab hook0 line linear mux plivo shopify slack \
     telnyx twilio-form workos".split(/\s+/),
  )("what Posthorn itself sends as %s", (name) => {
    const document = vendor(name);
    const { platformAlgorithms } = compileContract(document);
    const contract = compileContract(document, standIns(platformAlgorithms));
    const secrets = contract.definedSecrets.map(
      (each) => [each, contract.newSecret(each, (count) => Buffer.alloc(count, 3))] as const,
    );
    const keys = new Map(
      secrets.map(([each, text]) => [each, [contract.prepareKey(each, text)]] as const),
    );
    const attempt = {
      event: {
        id: "0195bc6c-5d00-7000-8000-00000000abcd",
        externalId: "evt_1",
        type: "order.paid",
        timestampMs: atSeconds * 1000,
        dataJson: '{"id":11,"name":"Zoë","shop":"a","action":"create"}',
      },
      endpoint: { id: "the endpoint", orgId: "o", url: "https://old.example/hooks" },
      deliveryId: "0195bc6c-5d00-7000-8abc-123456789a00",
      number: 2,
      atMs: atSeconds * 1000 + 250,
    };
    const { headers, body: sent } = contract.render(attempt, keys);
    const pairs = headers.flatMap((each, at) => (at % 2 === 0 ? [[each, headers[at + 1]]] : []));
    const recorded = raw(Object.fromEntries(pairs) as Record<string, string>, sent);
    const result = check(document, recorded, secrets);
    const wrong = result.compared.filter(
      ({ verdict }) => verdict === "differs" || verdict === "lacking",
    );
    expect(wrong, describeCheck(result)).toEqual([]);
  });
});

describe("a wrong document is told what would fit:", () => {
  const own: Contract = {
    name: "own",
    title: "Own",
    description: "Own.",
    body: "{event.data}",
    headers: { "x-time": "{attempt.timestamp_seconds}", "x-signature": "{signature.s}" },
    signatures: { s: { content: "{attempt.timestamp_seconds}.{body}" } },
    retry: { schedule: "0s" },
    timeoutMs: 1_000,
  };
  const recordedWith = (signature: string, time: string | number = atSeconds, sent = body) =>
    raw(
      { "content-type": "application/json", "x-time": String(time), "x-signature": signature },
      sent,
    );
  const signed = `${atSeconds}.${body}`;
  const hexKey = "44782def547aaa06c910c43932b1eb0c";
  const base64Key = Buffer.alloc(32, 5).toString("base64");

  test.each<[string, string, string, object]>([
    [
      "a key in hex",
      hexKey,
      hmac(Buffer.from(hexKey, "hex"), signed).digest("hex"),
      { key: "hex" },
    ],
    [
      "a key in base64 after a prefix",
      `whsec_${base64Key}`,
      hmac(Buffer.from(base64Key, "base64"), signed).digest("hex"),
      { key: "base64", keyPrefix: "whsec_" },
    ],
    ["base64", secret, hmac(secret, signed).digest("base64"), { encoding: "base64" }],
    [
      "SHA-512 with a prefix",
      secret,
      `sha512=${hmac(secret, signed, "sha512").digest("hex")}`,
      { algorithm: "hmac-sha512", form: "sha512={signature}" },
    ],
    ["the body alone", secret, hmac(secret, body).digest("hex"), { content: "{body}" }],
    [
      "a colon",
      secret,
      hmac(secret, `${atSeconds}:${body}`).digest("hex"),
      { content: "{attempt.timestamp_seconds}:{body}" },
    ],
    [
      "the method and the URL",
      secret,
      hmac(secret, `POSThttps://old.example/hooks${body}`).digest("hex"),
      { content: "{request.method}{endpoint.url}{body}" },
    ],
  ])("%s", (_name, key, signature, change) => {
    const result = check(own, recordedWith(signature), [key]);
    expect(result.isRight).toBe(false);
    expect(changeFor(result)).toEqual(change);
    const signatures = { s: { ...(own.signatures?.["s"] as object), ...change } };
    const right = check({ ...own, signatures }, recordedWith(signature), [key]);
    expect(right.isRight, describeCheck(right)).toBe(true);
  });

  test("milliseconds in place of seconds", () => {
    const ms = atSeconds * 1000 + 123;
    const result = check(own, recordedWith(hmac(secret, `${ms}.${body}`).digest("hex"), ms), [
      secret,
    ]);
    expect(changeFor(result)).toEqual({ content: "{attempt.timestamp_ms}.{body}" });
    expect(describeCheck(result)).toContain("The time is in the header x-time");
  });

  test("a body that was written again after it was signed", () => {
    const compact = '{"id":42,"name":"Zoë","price":1.50}';
    const signature = hmac(secret, `${atSeconds}.${compact}`).digest("hex");
    const result = check(own, recordedWith(signature), [secret]);
    expect(result.signatures[0]?.cause).toMatchObject({
      members: {},
      notes: [expect.stringContaining("parsed and written again with other white space")],
    });
  });

  test("a secret with quotes, and one that does not fit at all", () => {
    const signature = hmac(secret, signed).digest("hex");
    const quoted = check(own, recordedWith(signature), [`"${secret}"`]);
    expect(quoted.signatures[0]?.cause?.notes[0]).toContain("quotes around it");
    const result = check(own, recordedWith(signature), ["another secret"]);
    expect(result.signatures[0]?.cause).toBeNull();
    expect(describeCheck(result)).toContain("None of these fits");
    expect(describeCheck(result)).not.toContain("another secret");
    expect(JSON.stringify(checkAsJson(result))).not.toContain("another secret");
  });

  test("headers that it lacks, adds or sends otherwise; those of proxies do not count", () => {
    const recorded = raw({
      "content-type": "application/json; charset=utf-8",
      "x-signature": hmac(secret, signed).digest("hex"),
      "x-topic": "orders/create",
      "x-forwarded-for": "203.0.113.1",
      "user-agent": "Old/1",
    });
    const { compared } = check(own, recorded, [secret]);
    const verdicts = Object.fromEntries(compared.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toEqual({
      "content-type": "differs",
      "user-agent": "differs",
      "x-time": "added",
      "x-signature": "differs",
      host: "transport",
      "x-topic": "lacking",
      "x-forwarded-for": "transport",
      body: "same",
    });
    expect(compared.find(({ name }) => name === "content-type")?.at).toBe(16);
  });
});

describe("a recorded request", () => {
  const entry = (text: string) => ({
    request: {
      method: "POST",
      url: "https://old.example/a?b=c",
      headers: [
        { name: ":authority", value: "old.example" },
        { name: "X-A", value: "1" },
      ],
      postData: { mimeType: "application/json", text },
    },
  });
  const har = (...entries: object[]) => Buffer.from(JSON.stringify({ log: { entries } }));

  test("is read from a HAR file: the only one with a body, or the one that is chosen", () => {
    const get = { request: { method: "GET", url: "https://old.example/" } };
    const one = readRecorded(har(get, entry("1")), { url: null, entry: null });
    expect(one).toEqual({
      method: "POST",
      url: "https://old.example/a?b=c",
      headers: new Map([["x-a", "1"]]),
      body: Buffer.from("1"),
    });
    const chosen = readRecorded(har(entry("1"), entry("2")), { url: null, entry: 2 });
    expect(chosen.body.toString()).toBe("2");
    expect(() => readRecorded(har(entry("1"), entry("2")), { url: null, entry: null })).toThrow(
      "2 of its 2 requests have a body; choose one with --entry",
    );
  });

  test("loses the line break that an editor adds, and the sizes of chunks", () => {
    const length = { "content-length": "2" };
    const read = (bytes: Buffer) => readRecorded(bytes, { url: null, entry: null });
    expect(read(raw(length, "{}\n")).body.toString()).toBe("{}");
    const chunked = raw({ "transfer-encoding": "chunked" }, '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n');
    expect(read(chunked).body.toString()).toBe('{"a":1}');
    expect(read(raw({ "transfer-encoding": "chunked" }, "{}")).body.toString()).toBe("{}");
  });

  test("says where it went by its host, or by --to", () => {
    expect(readRecorded(raw({}), { url: null, entry: null }).url).toBe("https://old.example/hooks");
    const to = readRecorded(raw({}), { url: "https://other.example/", entry: null });
    expect(to.url).toBe("https://other.example/");
    expect(() => readRecorded(raw({}), { url: "other", entry: null })).toThrow(
      "other is not a URL",
    );
  });
});
