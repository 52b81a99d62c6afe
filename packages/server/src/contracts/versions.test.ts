/**
 * Stored versions contain a document as it was given, so what presets and defaults mean must never
 * change: attempts of years ago are rendered by them. If one of these tests fails, give the changed
 * preset or default another name.
 */
import { expect, test } from "vitest";
import {
  attempt,
  contracts,
  dataJson,
  oldSecret,
  renderBy,
  secret,
  signedBy,
} from "./testing/rendering.ts";
import { compileContract } from "./render.ts";
import { withoutPreset } from "./signatures.ts";

const shown = ({ body, headers }: ReturnType<typeof renderBy>): string =>
  JSON.stringify({ body, headers });

test("the preset standard means these members", () => {
  expect(withoutPreset("standard")).toEqual({
    key: "base64",
    keyPrefix: "whsec_",
    content: "{event.id}.{attempt.timestamp_seconds}.{body}",
    encoding: "base64",
    form: "v1,{signature}",
    separator: " ",
  });
});

test("a signature without other members means these", () => {
  const spelt = {
    algorithm: "hmac-sha256",
    key: "text",
    content: "{body}",
    encoding: "hex",
    form: "{signature}",
  } as const;
  const secrets = [secret, oldSecret];
  const short = renderBy(signedBy({ algorithm: "hmac-sha256" }), secrets);
  expect(shown(short)).toBe(shown(renderBy(signedBy(spelt), secrets)));
});

test("a document without these headers sends them as it always did", () => {
  const document = contracts.get("cda")!;
  const { "user-agent": _, "content-type": __, ...headers } = document.headers;
  const { headers: sent } = renderBy(compileContract({ ...document, headers }));
  expect(sent["content-type"]).toBe("application/json");
  expect(sent["user-agent"]).toMatch(/^Posthorn\/\S+/i);
});

/** A stored document that relies on every preset and default. Never change it. */
const stored = {
  name: "stored",
  title: "Stored",
  description: "Stored.",
  body: { id: "{event.id}", at: "{event.timestamp}", data: "{event.data}" },
  headers: {
    "x-standard": "{signature.standard}",
    "x-bare": "{signature.bare}",
    "x-base64": "{signature.base64}",
    "x-token": "{signature.token}",
    "x-nonce": "{attempt.nonce}",
    "x-attempt": "{attempt.id} {attempt.number} {attempt.retries} {attempt.timestamp_ms}",
  },
  signatures: {
    standard: "standard",
    bare: { algorithm: "hmac-sha256" },
    base64: { encoding: "base64" },
    token: { jwt: { claims: { digest: "{body.sha256.hex}" } } },
  },
  retry: { schedule: "0s" },
  timeoutMs: 1_000,
} as const;

test("a stored document sends the same bytes for ever", () => {
  const { body, headers } = renderBy(compileContract(stored), [secret, oldSecret], attempt);
  const { "user-agent": _, ...others } = headers;
  expect(body).toBe(
    `{"id":"${attempt.event.id}","at":"2026-03-22T12:00:00.000Z","data":${dataJson}}`,
  );
  const token = [
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    "eyJkaWdlc3QiOiI1ODk2YjBkMzQ0NzgyMjlkYjQxZDgxOTg3YzhjOTVmNjM0YTViNWE2YTA2YWUyYjA3ZDhlYTI5MGIw" +
      "Yzg3OWIzIn0",
    "k3tntoTLvnUei0gjmY3oo5CviSQaseLExVVSYCTuzPA",
  ];
  const standard = [
    "v1,gJ100n+8PfB4fdA8uxYCRTdW1SgU8Pm4uRHg8VDOB0Q=",
    "v1,dvYH6YcPhoBciOMvpSfqGCz9gNSA7oaxT6Qz/0XnB4s=",
  ];
  expect(others).toEqual({
    "content-type": "application/json",
    "x-attempt": "0195bc6c-5d00-7000-8abc-123456789a03 3 2 1774180900070",
    "x-bare": "96e0feb01eaccd176fd50f6124471d01c3bf48dff60507a03cf99b5ecd88e9d4",
    "x-base64": "luD+sB6szRdv1Q9hJEcdAcO/SN/2BQegPPmbXs2I6dQ=",
    "x-nonce": "e3fc0d83b6fc6d8aba1c1dd9f4bc07ba",
    "x-standard": standard.join(" "),
    "x-token": token.join("."),
  });
});
