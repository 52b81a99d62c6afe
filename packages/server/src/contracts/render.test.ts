import { createHmac } from "node:crypto";
import {
  cdaScheme,
  SignatureError,
  standardScheme,
  verifyCda,
  verifyStandardWebhook,
} from "@posthorn/consumer";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { version } from "../version.ts";
import type { BodyTemplate, Contract } from "./contract.ts";
import { loadContracts } from "./load.ts";
import { compileContract, type CompiledContract, type RenderedEvent } from "./render.ts";

const contracts = loadContracts();
const compiled = new Map([...contracts].map(([name, each]) => [name, compileContract(each)]));

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/** Data that parsing and serialising would change in every possible way. */
const dataJson =
  '{ "z": 1.50, "a": 12345678901234567890, "2": "Zo\\u00eb ☃", "1": [1e2 ], "z": "{event.id}" }';
const event: RenderedEvent = {
  id: "0195bc6c-5d00-7000-8000-00000000abcd",
  type: "scan.completed",
  timestampMs: Date.UTC(2026, 2, 22, 12, 0, 0),
  dataJson,
};

function named(name: string): CompiledContract {
  const found = compiled.get(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

function byName(raw: readonly string[]): Record<string, string> {
  const names = raw.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, raw[index * 2 + 1] ?? ""]));
}

interface Rendered {
  readonly body: string;
  readonly headers: Record<string, string>;
}

function render(name: string, atSeconds: number, secrets: readonly string[]): Rendered {
  const contract = named(name);
  const body = contract.renderBody(event);
  const keys = secrets.map((each) => contract.prepareKey(each));
  return { body, headers: byName(contract.renderHeaders(event, atSeconds, body, keys)) };
}

describe("a body", () => {
  test.each([
    ["cda", `{"event":"scan.completed","timestamp":"2026-03-22T12:00:00.000Z","data":${dataJson}}`],
    [
      "cadana",
      `{"eventType":"scan.completed","timestamp":1774180800,"data":${dataJson},` +
        '"id":"0195bc6c-5d00-7000-8000-00000000abcd","version":"v0"}',
    ],
    ["svix", dataJson],
    [
      "standard",
      `{"type":"scan.completed","timestamp":"2026-03-22T12:00:00.000Z","data":${dataJson}}`,
    ],
  ])("of %s has its platform's members in their order, and the data's own bytes", (name, body) => {
    expect(named(name).renderBody(event)).toBe(body);
  });

  test("shows milliseconds unless they are 0, and seconds rounded down", () => {
    const at = { ...event, timestampMs: event.timestampMs + 70 };
    expect(named("standard").renderBody(at)).toContain('"timestamp":"2026-03-22T12:00:00.070Z"');
    const late = { ...event, timestampMs: event.timestampMs + 999 };
    expect(named("cadana").renderBody(late)).toContain('"timestamp":1774180800,');
  });

  test("escapes what it puts between quotes", () => {
    const type = 'a"b\\c\n';
    const body = named("cda").renderBody({ ...event, type, dataJson: "null" });
    expect(JSON.parse(body)).toEqual({
      event: type,
      timestamp: "2026-03-22T12:00:00.000Z",
      data: null,
    });
  });

  test("may nest, and contain constant values", () => {
    const body = { a: { b: "{event.data}", c: "words" }, d: null, e: 2 };
    const contract = compileContract({ ...document(), body });
    expect(contract.renderBody({ ...event, dataJson: "[]" })).toBe(
      '{"a":{"b":[],"c":"words"},"d":null,"e":2}',
    );
  });
});

describe("headers", () => {
  const atSeconds = 1_774_180_900;
  const common = { "content-type": "application/json", "user-agent": `Posthorn/${version}` };

  test.each([
    ["cda", ["webhook"], ["x-cda-signature"]],
    ["cadana", ["svix", "webhook"], []],
    ["svix", ["svix"], []],
    ["standard", ["webhook"], []],
  ])("of %s are these and no others", (name, families, more) => {
    const { headers } = render(name, atSeconds, [secret]);
    const expected: Record<string, unknown> = { ...common };
    for (const header of more) expected[header] = expect.stringMatching(/^[0-9a-f]{64}$/);
    for (const family of families) {
      expected[`${family}-id`] = event.id;
      expected[`${family}-timestamp`] = String(atSeconds);
      expected[`${family}-signature`] = expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/);
    }
    expect(headers).toEqual(expected);
    expect([...named(name).headerNames].toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  test("change with the attempt's time, while the body does not", () => {
    const [first, second] = [render("cda", 1, [secret]), render("cda", 2, [secret])];
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.headers["x-cda-signature"]).toBe(first.headers["x-cda-signature"]);
    expect(second.headers["webhook-timestamp"]).toBe("2");
    expect(second.headers["webhook-signature"]).not.toBe(first.headers["webhook-signature"]);
  });

  test("in list form have a signature for each key, in single form the current key's", () => {
    const both = render("cda", atSeconds, [secret, oldSecret]).headers;
    const current = render("cda", atSeconds, [secret]).headers;
    const old = render("cda", atSeconds, [oldSecret]).headers;
    expect(both["webhook-signature"]).toBe(
      `${current["webhook-signature"]} ${old["webhook-signature"]}`,
    );
    expect(both["x-cda-signature"]).toBe(current["x-cda-signature"]);
  });

  test("contain the sender's version and an event's id wherever the template has them", () => {
    const headers = { "x-a": "{sender.version}/{event.id}-{event.id}", "x-b": "v{sender.version}" };
    const contract = compileContract({ ...document(), headers }, { version: "9.$&" });
    const rendered = byName(contract.renderHeaders(event, 1, "", [contract.prepareKey(secret)]));
    expect(rendered["x-a"]).toBe(`9.$&/${event.id}-${event.id}`);
    expect(rendered["x-b"]).toBe("v9.$&");
  });

  test("of one rendering are not those of the next", () => {
    const first = render("cda", 1, [secret]).headers;
    first["x-mine"] = "1";
    expect(render("cda", 1, [secret]).headers).not.toHaveProperty("x-mine");
  });
});

describe("receivers verify", () => {
  const now = Math.floor(Date.now() / 1000);

  test.each(["cadana", "svix", "standard", "cda"])("%s with their own packages", (name) => {
    const { body, headers } = render(name, now, [secret, oldSecret]);
    for (const each of [secret, oldSecret]) {
      expect(new SvixWebhook(each).verify(body, headers)).toEqual(JSON.parse(body));
      verifyStandardWebhook({ secret: each, headers, body });
      if (headers["webhook-id"] !== undefined) {
        expect(new StandardWebhook(each).verify(body, headers)).toEqual(JSON.parse(body));
      }
    }
    const strange = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    expect(() => new SvixWebhook(strange).verify(body, headers)).toThrow("No matching signature");
  });

  test("cda with the code of its page, keyed by the secret's whole text", () => {
    const { body, headers } = render("cda", now, [secret, oldSecret]);
    expect(headers["x-cda-signature"]).toBe(
      createHmac("sha256", secret).update(body).digest("hex"),
    );
    verifyCda({ secret, headers, body });
    expect(() => verifyCda({ secret: oldSecret, headers, body })).toThrow(SignatureError);
  });
});

test("the documents sign by the schemes that the consumer package verifies", () => {
  const schemes = [...contracts.values()].flatMap((contract) => contract.signatures);
  for (const { header, scheme } of schemes) {
    expect(scheme).toEqual(header === "x-cda-signature" ? cdaScheme : standardScheme);
  }
});

describe("a secret", () => {
  test("that cannot sign for the contract is rejected when it is prepared", () => {
    expect(() => named("cda").prepareKey("whsec_not base64")).toThrow(SignatureError);
  });

  test("needs no base64 for a contract that only takes its text", () => {
    const onlyText = document().signatures.slice(0, 1);
    const contract = compileContract({ ...document(), signatures: onlyText });
    expect(() => contract.prepareKey("plain words")).not.toThrow();
  });
});

describe("a contract is rejected", () => {
  const withScheme = (change: object): Partial<Contract> => ({
    signatures: [{ header: "x-a", scheme: { ...standardScheme, ...change } }],
  });
  const withBody = (body: BodyTemplate): Partial<Contract> => ({ body });
  test.each<[string, Partial<Contract>, RegExp]>([
    ["a placeholder that bodies do not have", withBody("{event.tpye}"), /\{event\.tpye\}/],
    ["a placeholder inside a text", withBody({ a: "is {event.id}" }), /is \{event\.id\}/],
    ["a placeholder that headers do not have", { headers: { a: "{event.data}" } }, /event\.data/],
    ["a brace left open in a header", { headers: { a: "{event.id" } }, /\{event\.id, no place/],
    ["a header set twice", { headers: { "x-cda-signature": "a" } }, /x-cda-signature is set twice/],
    ["no signature over the body", withScheme({ content: "{id}" }), /x-a is malformed: .*\{body\}/],
    ["a form without a signature", withScheme({ form: "v1" }), /\{signature\} once/],
    [
      "a first attempt that waits",
      { retry: { scheduleMs: [5], jitter: { below: 0, above: 0 } } },
      /start with 0/,
    ],
  ])("for %s", (_name, change, message) => {
    const compile = (): unknown => compileContract({ ...document(), ...change });
    expect(compile).toThrow(PosthornError);
    expect(compile).toThrow(message);
    expect(compile).toThrow("The contract cda cannot be used");
  });
});

function document(): Contract {
  const found = contracts.get("cda");
  if (found === undefined) throw new Error("There is no cda.");
  return found;
}

test("interleaved bodies of many events each match their event and contract", () => {
  const events = Array.from({ length: 20 }, (_, index) => ({
    ...event,
    id: `${event.id.slice(0, 34)}${String(index).padStart(2, "0")}`,
    type: `type.${index % 3}`,
    timestampMs: event.timestampMs + index,
    dataJson: String(index),
  }));
  const fresh = (name: string, each: RenderedEvent): string => {
    const contract = contracts.get(name);
    if (contract === undefined) throw new Error(`There is no ${name}.`);
    return compileContract(contract).renderBody(each);
  };
  for (let round = 0; round < 3; round += 1) {
    for (const each of events) {
      for (const name of ["cda", "svix"]) {
        expect(named(name).renderBody(each)).toBe(fresh(name, each));
      }
    }
  }
});
