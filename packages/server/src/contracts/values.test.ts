import { createHash, createHmac, type Hmac } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { JsonPaths } from "./json-path.ts";
import { KeyError } from "./keys.ts";
import { readContract } from "./load.ts";
import { compileContract, type RenderedEvent } from "./render.ts";
import {
  attempt,
  changed,
  dataJson,
  document,
  event,
  renderBy,
  secret,
  signedBy,
} from "./testing/rendering.ts";
import { svixId } from "../model/svix-id.ts";
import { valueNames, type Names } from "./values.ts";

describe("values", () => {
  test.each([
    ["{event.id} {event.uuid}", `${event.id} ${event.id}`],
    ["{event.id_as_uuid}", event.id],
    ["{event.svix_id}", svixId("message", event.id)],
    ["{event.timestamp_ms}", String(event.timestampMs)],
    ["{event.data.1.0}/{event.data.a}/{event.data.zz}", "1e2/12345678901234567890/"],
    ["{delivery.id}", attempt.deliveryId],
    ["{attempt.id}", "0195bc6c-5d00-7000-8abc-123456789a03"],
    ["{attempt.number}-{attempt.retries}", "3-2"],
    ["{attempt.timestamp}", "2026-03-22T12:01:40.070Z"],
    ["{attempt.timestamp_seconds}.{attempt.timestamp_ms}", "1774180900.1774180900070"],
    ["{endpoint.id} {org.id}", `${attempt.endpoint.id} ${attempt.endpoint.orgId}`],
    ["{endpoint.url}", "https://example.com:8443/hooks/a?b=c%20d"],
    ["{request.method} {endpoint.host}{endpoint.target}", "POST example.com:8443/hooks/a?b=c%20d"],
    ["{endpoint.path}", "/hooks/a"],
    ["Bearer {secret}", `Bearer ${secret}`],
    ["Basic {secret.base64}", `Basic ${Buffer.from(secret).toString("base64")}`],
    ["{event.type.base64url}", Buffer.from(event.type).toString("base64url")],
    ["{endpoint.path.sha1.hex}", createHash("sha1").update("/hooks/a").digest("hex")],
  ])("in a header: %s", (template, value) => {
    const { headers } = renderBy(changed({ headers: { ...document().headers, "x-a": template } }));
    expect(headers["x-a"]).toBe(value);
  });

  test("of the body: its digests and its length", () => {
    const template = "{body.bytes} sha-256=:{body.sha256.base64}:";
    const { body, headers } = renderBy(
      changed({ headers: { ...document().headers, "content-digest": template } }),
    );
    const digest = createHash("sha256").update(body).digest("base64");
    expect(headers["content-digest"]).toBe(`${Buffer.byteLength(body)} sha-256=:${digest}:`);
  });

  test("in a body: numbers without quotes, data byte for byte, texts inside texts", () => {
    const body = {
      at: "{attempt.timestamp_ms}",
      a: "{event.data.a}",
      z: "{event.data.z}",
      none: "{event.data.none}",
      text: '"{event.type}" of {event.data.a}',
    };
    const contract = changed({ body });
    expect(contract.sharedBody(event)).toBeNull();
    expect(renderBy(contract).body).toBe(
      `{"at":${attempt.atMs},"a":12345678901234567890,"z":"{event.id}","none":null,` +
        '"text":"\\"scan.completed\\" of 12345678901234567890"}',
    );
  });

  test("of attempts differ, and are the same for the same attempt", () => {
    const contract = changed({ headers: { ...document().headers, "x-a": "{attempt.nonce}" } });
    const nonces = [1, 1, 2].map(
      (number) => renderBy(contract, [secret], { number }).headers["x-a"],
    );
    expect(nonces[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(nonces[1]).toBe(nonces[0]);
    expect(nonces[2]).not.toBe(nonces[0]);
  });

  test("from the data cannot start another header, nor make it too long", () => {
    const contract = changed({ headers: { ...document().headers, "x-a": "{event.data.a}" } });
    const withData = (a: string): RenderedEvent => ({ ...event, dataJson: JSON.stringify({ a }) });
    const value = (a: string): string | undefined =>
      renderBy(contract, [secret], { event: withData(a) }).headers["x-a"];
    expect(value("a\r\nx-b: ü\ud800")).toBe("a%0D%0Ax-b: %C3%BC%EF%BF%BD");
    expect(value("a".repeat(4096))).toHaveLength(4096);
    expect(() => value("a".repeat(4097))).toThrow(
      "x-a would have 4097 characters; 4096 are allowed",
    );
  });
});

describe("a signature", () => {
  const hmac = (hash: string, key: string | Buffer, text: string): Hmac =>
    createHmac(hash, key).update(text);

  test.each(["sha1", "sha256", "sha512"] as const)("by HMAC with %s", (hash) => {
    const contract = signedBy({ algorithm: `hmac-${hash}`, encoding: "base64url" });
    const { body, headers } = renderBy(contract, ["words ☃"]);
    expect(headers["x-a"]).toBe(hmac(hash, "words ☃", body).digest("base64url"));
  });

  test.each([
    ["hex", "", "00ff10"],
    ["hex", "key_", "key_00FF10"],
    ["base64", "", "AP8Q"],
    ["base64", "whsec_", "whsec_AP8Q"],
    ["base64", "whsec_", "AP8Q"],
  ] as const)("with a key as %s after %j", (key, keyPrefix, text) => {
    const contract = signedBy({ key, ...(keyPrefix === "" ? {} : { keyPrefix }) });
    const { body, headers } = renderBy(contract, [text]);
    expect(headers["x-a"]).toBe(hmac("sha256", Buffer.from("00ff10", "hex"), body).digest("hex"));
  });

  test.each([
    ["hex", "00f", /even number of hex/],
    ["hex", "zz", /hex digits/],
    ["base64", "AP8", /base64 with padding/],
    ["base64", "whsec_", /whsec_ and base64/],
  ] as const)("with a key as %s is impossible with %j", (key, text, message) => {
    const contract = signedBy({ key, keyPrefix: "whsec_" });
    expect(() => contract.prepareKey("main", text)).toThrow(KeyError);
    expect(() => contract.prepareKey("main", text)).toThrow(
      text === "whsec_" ? /it is empty/ : message,
    );
  });

  test("with a time and one value for each secret, as Stripe writes it", () => {
    const contract = signedBy(
      { content: "{attempt.timestamp_seconds}.{body}", form: "v1={signature}", separator: "," },
      { "x-a": "t={attempt.timestamp_seconds},{signature.a}" },
    );
    const { body, headers } = renderBy(contract, ["new", "old"]);
    const [first, second] = ["new", "old"].map((key) =>
      hmac("sha256", key, `1774180900.${body}`).digest("hex"),
    );
    expect(headers["x-a"]).toBe(`t=1774180900,v1=${first},v1=${second}`);
  });

  test("over other headers and the URL", () => {
    const contract = signedBy(
      { content: "{request.method}{endpoint.url}{header.x-b}{body}" },
      { "x-b": "{event.type}" },
    );
    const { body, headers } = renderBy(contract, ["s"]);
    const text = `POST${attempt.endpoint.url}scan.completed${body}`;
    expect(headers["x-a"]).toBe(hmac("sha256", "s", text).digest("hex"));
  });

  test("as a member of the body", () => {
    const contract = changed({
      headers: {},
      body: { at: "{attempt.timestamp_seconds}", signature: "{signature.a}", data: "{event.data}" },
      signatures: {
        a: { content: "{attempt.timestamp_seconds}{event.data.z}", withoutBody: true },
      },
    });
    const { body } = renderBy(contract, ["s"]);
    const signature = hmac("sha256", "s", "1774180900{event.id}").digest("hex");
    expect(body).toBe(`{"at":1774180900,"signature":"${signature}","data":${dataJson}}`);
  });

  test("of a form covers the encoded fields, or sorted ones", () => {
    const { body: _, ...rest } = document();
    const contract = compileContract({
      ...rest,
      form: "{event.data}",
      headers: { "x-a": "{signature.a}" },
      signatures: { a: { algorithm: "hmac-sha1", content: "{endpoint.url}{form.sorted}" } },
    });
    const data = { To: "+1 & 2", Body: "Zoë", Null: null, List: [1] };
    const { body, headers } = renderBy(contract, ["s"], {
      event: { ...event, dataJson: JSON.stringify(data) },
    });
    expect(body).toBe("To=%2B1+%26+2&Body=Zo%C3%AB&Null=&List=%5B1%5D");
    expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
    const text = `${attempt.endpoint.url}BodyZoëList[1]NullTo+1 & 2`;
    expect(headers["x-a"]).toBe(hmac("sha1", "s", text).digest("hex"));
  });
});

test.each(["[1]", '"text"', "1", "null"])("a form cannot be made of the data %s", (json) => {
  const { body: _, ...rest } = document();
  const contract = compileContract({ ...rest, form: "{event.data}" });
  const send = (): unknown => renderBy(contract, [secret], { event: { ...event, dataJson: json } });
  expect(send).toThrow("it is not an object");
  expect(send).toThrow(expect.objectContaining({ isByData: true }));
});

test("docs/contracts.md lists every value with the places where it can be used", async () => {
  const page = await readFile(new URL("../../../../docs/contracts.md", import.meta.url), "utf8");
  const names: Names = {
    platformSignatures: ["NAME"],
    signatures: ["NAME"],
    secrets: ["NAME"],
    dataPaths: new JsonPaths(),
    headers: ["NAME"],
  };
  const listed: string[] = [];
  for (const [, cells = "", where = ""] of page.matchAll(/^\| (`\{.*?\}`) \|.*\| (.*) \|$/gm)) {
    const places = where === "everywhere" ? "body, header, content" : where;
    for (const [, name] of cells.matchAll(/\{(.+?)\}/g)) listed.push(`${name}: ${places}`);
  }
  const all = ["body", "header", "content"] as const;
  const known = new Set(all.flatMap((place) => valueNames(place, names)));
  known.delete("body.sha256.hex");
  const defined = [...known].map((name) => {
    const places = all.filter((place) => valueNames(place, names).includes(name));
    return `${name}: ${places.join(", ")}`;
  });
  expect(listed.toSorted()).toEqual(defined.toSorted());
});

test("the example of docs/contracts.md is a contract", async () => {
  const page = await readFile(new URL("../../../../docs/contracts.md", import.meta.url), "utf8");
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-contract-"));
  const file = path.join(folder, "acme.json");
  await writeFile(file, /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  expect(readContract(file).name).toBe("acme");
  await rm(folder, { recursive: true });
});
