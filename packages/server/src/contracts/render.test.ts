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
import type { BodyTemplate, Contract, ContractSignature } from "./contract.ts";
import { messageIdOf } from "../model/svix-id.ts";
import { KeyError } from "./keys.ts";
import { receivedSignatures } from "./received.ts";
import { compileContract } from "./render.ts";
import {
  attempt,
  byName,
  changed,
  contracts,
  dataJson,
  document,
  event,
  keysOf,
  named,
  oldSecret,
  render,
  renderBy,
  secret,
  signedBy,
} from "./testing/rendering.ts";

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
    expect(named(name).sharedBody(event)).toBe(body);
  });

  test("shows milliseconds unless they are 0, and seconds rounded down", () => {
    const at = { ...event, timestampMs: event.timestampMs + 70 };
    expect(named("standard").sharedBody(at)).toContain('"timestamp":"2026-03-22T12:00:00.070Z"');
    const late = { ...event, timestampMs: event.timestampMs + 999 };
    expect(named("cadana").sharedBody(late)).toContain('"timestamp":1774180800,');
  });

  test("escapes what it puts between quotes", () => {
    const type = 'a"b\\c\n';
    const body = named("cda").sharedBody({ ...event, type, dataJson: "null" });
    expect(JSON.parse(body ?? "")).toEqual({
      event: type,
      timestamp: "2026-03-22T12:00:00.000Z",
      data: null,
    });
  });

  test("may nest, and contain constant values", () => {
    const body = { a: { b: "{event.data}", c: "words" }, d: null, e: 2, f: ["{event.type}", []] };
    const contract = compileContract({ ...document(), body });
    expect(contract.sharedBody({ ...event, dataJson: "[]" })).toBe(
      '{"a":{"b":[],"c":"words"},"d":null,"e":2,"f":["scan.completed",[]]}',
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
      expected[`${family}-id`] = name === "svix" ? messageIdOf(event) : event.id;
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
    const more = { "x-a": "{sender.version}/{event.id}-{event.id}", "x-b": "v{sender.version}" };
    const { headers } = renderBy(changed({ headers: { ...document().headers, ...more } }));
    expect(headers["x-a"]).toBe(`${version}/${event.id}-${event.id}`);
    expect(headers["x-b"]).toBe(`v${version}`);
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
  const names = ["cadana", "cda", "standard", "svix"];
  const schemes = names.flatMap((name) => {
    const contract = contracts.get(name);
    return contract === undefined ? [] : receivedSignatures(contract);
  });
  expect(schemes).toHaveLength(6);
  for (const { header, scheme } of schemes) {
    expect(scheme).toEqual(header === "x-cda-signature" ? cdaScheme : standardScheme);
  }
});

describe("a secret", () => {
  test("that cannot sign for the contract is rejected when it is prepared", () => {
    expect(() => named("cda").prepareKey("main", "whsec_not base64")).toThrow(KeyError);
  });

  test("needs no base64 for a contract that only takes its text", () => {
    const contract = signedBy({ key: "text" });
    expect(() => contract.prepareKey("main", "plain words")).not.toThrow();
  });
});

describe("a contract is rejected", () => {
  const withSignature = (signature: ContractSignature): Partial<Contract> => ({
    headers: { "x-a": "{signature.a}" },
    signatures: { a: signature },
  });
  const withBody = (body: BodyTemplate): Partial<Contract> => ({ body });
  const withHeader = (value: string): Partial<Contract> => ({
    headers: { ...document().headers, "x-a": value },
  });
  test.each<[string, Partial<Contract>, RegExp]>([
    ["a misspelt value", withBody("{event.tpye}"), /\/body: .*tpye.* nearest is \{event\.type\}/],
    ["one inside a body", withBody({ a: [{ b: "is {evnt.id}" }] }), /\/body\/a\/0\/b: .*event\.id/],
    [
      "a value that headers do not have",
      withHeader("{event.data}"),
      /\/x-a: \{event\.data\} cannot/,
    ],
    ["the body in the body", withBody("{body.sha256.hex}"), /cannot be used in a body/],
    ["a header in a header", withHeader("{header.webhook-id}"), /cannot be used in a header/],
    ["a digest of the secret", withHeader("{secret.sha256.hex}"), /is not a value/],
    ["an encoded member of the data", withHeader("{event.data.a.base64}"), /cannot be encoded/],
    ["a hashed member", withHeader("{event.data.a.sha256.hex}"), /cannot be encoded or hashed/],
    ["the key id of a signature by a secret", withHeader("{kid.v1}"), /\{kid\.v1\} is not a/],
    ["a path into the data with -1", withBody("{event.data.a.-1}"), /is not a value/],
    [
      "a brace left open in a header",
      withHeader("{event.id"),
      /x-a has a brace without its partner/,
    ],
    [
      "a header of the framing",
      { headers: { "content-length": "1" } },
      /content-length is the tra/,
    ],
    [
      "a signature over no body",
      withSignature({ content: "{event.id}" }),
      /does not cover the body/,
    ],
    [
      "a signature over the body's length",
      withSignature({ content: "{body.bytes}" }),
      /does not cover the body/,
    ],
    [
      "a signature over one member of the data",
      withSignature({ content: "{event.data.id}" }),
      /does not cover the body/,
    ],
    [
      "a generated secret that it cannot use",
      { ...withSignature({ key: "hex" }), secrets: { main: { generate: "base64" } } },
      /\/secrets\/main: .*hex digits/,
    ],
    [
      "base64url where only base64 can be used, although chance may hide it",
      {
        ...withSignature({ key: "base64" }),
        secrets: { main: { generate: "base64url", bytes: 24 } },
      },
      /\/secrets\/main: .*base64 with padding/,
    ],
    [
      "a JWT that shows a header with the secret",
      {
        headers: { authorization: "Basic {secret.base64}", "x-a": "{signature.a}" },
        signatures: { a: { jwt: { claims: ["{header.authorization.hex}", "{body.sha256.hex}"] } } },
      },
      /everyone can read a JWT/,
    ],
    [
      "a JWT that shows a body with the secret",
      {
        headers: { "x-a": "{signature.a}" },
        body: { token: "{secret}" },
        signatures: { a: { jwt: { claims: ["{body.base64}"] } } },
      },
      /everyone can read a JWT/,
    ],
    [
      "a JWT that names another algorithm",
      withSignature({ jwt: { claims: "{body}", header: { alg: "none" } } }),
      /\/signatures\/a\/jwt\/header\/alg/,
    ],
    [
      "a signature over an encoding of itself",
      withSignature({ content: "{header.x-a.hex}{body}" }),
      /covers the header x-a, which contains a signature/,
    ],
    [
      "a form without a signature",
      withSignature({ form: "v1" }),
      /form must contain \{signature\}/,
    ],
    ["a form with a value", withSignature({ form: "{a}{signature}" }), /may contain only/],
    ["a secret that it lacks", withSignature({ secret: "other" }), /no secret other; use main/],
    [
      "a signature over a header that is not sent",
      withSignature({ content: "{header.x-c}{body}" }),
      /\{header\.x-c\} is not a value; the nearest is \{header\.x-a\}/,
    ],
    [
      "a signature over itself",
      withSignature({ content: "{header.x-a}{body}" }),
      /covers the header x-a, which contains a signature/,
    ],
    [
      "a signature that is not sent",
      { headers: {}, signatures: { a: {} } },
      /\/signatures\/a is not sent/,
    ],
    [
      "a signature in the body that covers it",
      { headers: {}, body: { a: "{signature.a}" }, signatures: { a: {} } },
      /part of the body/,
    ],
    ["a body and a form", { form: "{event.data}" }, /both body and form/],
    ["a first attempt that waits", { retry: { schedule: "5s" } }, /first step must be 0s/],
  ])("for %s", (_name, change, message) => {
    const compile = (): unknown => changed(change);
    expect(compile).toThrow(PosthornError);
    expect(compile).toThrow(message);
    expect(compile).toThrow("The contract cda cannot be used");
  });

  test("without body and form", () => {
    const { body: _, ...rest } = document();
    expect(() => compileContract(rest)).toThrow("neither body nor form");
  });
});

test("a request is shown with its signatures and without its credentials", () => {
  const contract = changed({
    headers: { authorization: "Basic {secret.base64}", "x-a": "{signature.a}", "x-b": "b" },
    body: { token: "{secret}", data: 1 },
    signatures: { a: {} },
  });
  const keys = keysOf(contract, ["user:password"]);
  const sent = byName(contract.render(attempt, keys).headers);
  const shown = contract.show(attempt, keys);
  expect(shown.redacted).toEqual(["authorization", "body"]);
  expect(shown.body).toBe('{"token":"[redacted]","data":1}');
  expect(byName(shown.headers)).toEqual({ ...sent, authorization: "Basic [redacted]" });
});

test("a contract without signatures and credentials needs no secret", () => {
  const { signatures: _, ...rest } = document();
  const contract = compileContract({ ...rest, headers: { "ce-type": "{event.type}" } });
  expect(contract.secretNames).toEqual([]);
  expect(byName(contract.render(attempt, new Map()).headers)).toMatchObject({
    "ce-type": "scan.completed",
  });
});

test("interleaved bodies of many events each match their event and contract", () => {
  const events = Array.from({ length: 20 }, (_, index) => ({
    ...event,
    id: `${event.id.slice(0, 34)}${String(index).padStart(2, "0")}`,
    type: `type.${index % 3}`,
    timestampMs: event.timestampMs + index,
    dataJson: String(index),
  }));
  const fresh = (name: string, each: typeof event): string => {
    const contract = contracts.get(name);
    if (contract === undefined) throw new Error(`There is no ${name}.`);
    return compileContract(contract).sharedBody(each) ?? "";
  };
  for (let round = 0; round < 3; round += 1) {
    for (const each of events) {
      for (const name of ["cda", "svix"]) {
        expect(named(name).sharedBody(each)).toBe(fresh(name, each));
      }
    }
  }
});
