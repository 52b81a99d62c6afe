import { createHmac } from "node:crypto";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import {
  cdaScheme,
  computeSignature,
  SignatureError,
  standardScheme,
  verifyCda,
  verifyStandardWebhook,
  type SignatureErrorCode,
} from "./index.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const body = '{"test": 2432232314}';
const nowMs = 1_614_265_330_000;
const nowSeconds = nowMs / 1000;

function signedHeaders(
  changes: {
    readonly family?: "webhook" | "svix";
    readonly secret?: string;
    readonly timestamp?: string | number;
    readonly signature?: string;
  } = {},
): Record<string, string> {
  const { family = "webhook", timestamp = nowSeconds } = changes;
  const parts = { id, timestamp, body };
  return {
    [`${family}-id`]: id,
    [`${family}-timestamp`]: String(timestamp),
    [`${family}-signature`]:
      changes.signature ?? computeSignature(standardScheme, changes.secret ?? secret, parts),
  };
}

function codeOf(run: () => unknown): SignatureErrorCode | "passed" {
  try {
    run();
    return "passed";
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
}

function verifyCode(headers: Record<string, string>, more: object = {}): string {
  return codeOf(() => verifyStandardWebhook({ secret, headers, body, nowMs, ...more }));
}

describe("a standard webhook", () => {
  test("passes, and returns its id and time", () => {
    expect(verifyStandardWebhook({ secret, headers: signedHeaders(), body, nowMs })).toEqual({
      id,
      timestampSeconds: nowSeconds,
    });
  });

  test("passes with svix headers, and with bytes for a body", () => {
    const headers = signedHeaders({ family: "svix" });
    expect(verifyCode(headers)).toBe("passed");
    expect(verifyCode(headers, { body: Buffer.from(body) })).toBe("passed");
  });

  test("does not pass with the border between id, timestamp and body moved", () => {
    const text = `${nowSeconds}.5`;
    const signature = computeSignature(standardScheme, secret, {
      id,
      timestamp: nowSeconds,
      body: text,
    });
    const headers = { ...signedHeaders({ signature }), "webhook-id": `${id}.${nowSeconds}` };
    expect(verifyCode(headers, { body: "5" })).toBe("id_invalid");
  });

  test("reports a missing secret", () => {
    const notSet = undefined as unknown as string;
    expect(verifyCode(signedHeaders(), { secret: notSet })).toBe("secret_invalid");
    expect(verifyCode(signedHeaders(), { secrets: [notSet] })).toBe("secret_invalid");
  });

  test("passes with a secret without its prefix", () => {
    expect(verifyCode(signedHeaders(), { secret: secret.slice(6) })).toBe("passed");
  });

  test.each(["id", "timestamp", "signature"])("without its %s is rejected", (name) => {
    for (const family of ["webhook", "svix"] as const) {
      const { [`${family}-${name}`]: _removed, ...headers } = signedHeaders({ family });
      expect(verifyCode(headers)).toBe("missing_header");
      expect(verifyCode({ ...headers, [`${family}-${name}`]: "" })).toBe("missing_header");
      expect(() => verifyStandardWebhook({ secret, headers, body, nowMs })).toThrow(
        `${family}-${name}`,
      );
    }
    expect(verifyCode({})).toBe("missing_header");
  });

  test("never takes its id from one family and its signature from the other", () => {
    const mixed = { ...signedHeaders(), ...signedHeaders({ family: "svix" }), "webhook-id": "x" };
    expect(verifyCode(mixed)).toBe("no_match");
  });

  test("falls back to svix headers if one of the others is missing", () => {
    const { "webhook-signature": _removed, ...rest } = signedHeaders();
    expect(verifyCode({ ...rest, ...signedHeaders({ family: "svix" }) })).toBe("passed");
  });

  test.each([
    ["as old as is tolerated", nowSeconds - 300, "passed"],
    ["a second older", nowSeconds - 301, "timestamp_too_old"],
    ["as new as is tolerated", nowSeconds + 300, "passed"],
    ["a second newer", nowSeconds + 301, "timestamp_too_new"],
    ["not a number", "soon", "timestamp_invalid"],
    ["a fraction", "1614265330.5", "timestamp_invalid"],
    ["negative", "-1", "timestamp_invalid"],
    ["with a number in front", "1614265330x", "timestamp_invalid"],
  ])("with a timestamp %s", (_name, timestamp, expected) => {
    expect(verifyCode(signedHeaders({ timestamp }))).toBe(expected);
  });

  test("has the receiver's tolerance; one that is not a number rejects everything", () => {
    const headers = signedHeaders({ timestamp: nowSeconds - 11 });
    expect(verifyCode(headers, { toleranceSeconds: 11 })).toBe("passed");
    expect(verifyCode(headers, { toleranceSeconds: 10 })).toBe("timestamp_too_old");
    expect(verifyCode(headers, { toleranceSeconds: Number.NaN })).toBe("timestamp_too_old");
  });

  test("is compared with the system's clock by default", () => {
    const timestamp = Math.floor(Date.now() / 1000);
    const now = signedHeaders({ timestamp });
    expect(codeOf(() => verifyStandardWebhook({ secret, headers: now, body }))).toBe("passed");
    const old = signedHeaders();
    expect(codeOf(() => verifyStandardWebhook({ secret, headers: old, body }))).toBe(
      "timestamp_too_old",
    );
  });

  const good = computeSignature(standardScheme, secret, { id, timestamp: nowSeconds, body });
  test.each([
    ["cut off", "v1,", "no_match"],
    ["of another secret", signedHeaders({ secret: otherSecret })["webhook-signature"], "no_match"],
    ["wrong in one character", `${good.slice(0, -2)}F=`, "no_match"],
    ["without its version", good.slice(3), "no_match"],
    ["of another version", good.replace("v1,", "v2,"), "no_match"],
    ["of the asymmetric version", good.replace("v1,", "v1a,"), "no_match"],
    ["in a list with others", `v1,bad v2,x ${good}`, "passed"],
    ["in a list with nothing that fits", "v1,bad v2,x", "no_match"],
    ["in a list with empty places", `  ${good}`, "passed"],
  ])("with a signature %s", (_name, signature, expected) => {
    expect(verifyCode(signedHeaders({ signature: signature ?? "" }))).toBe(expected);
  });

  test("is rejected if body, id or time were changed", () => {
    expect(verifyCode(signedHeaders(), { body: `${body} ` })).toBe("no_match");
    expect(verifyCode({ ...signedHeaders(), "webhook-id": "msg_2" })).toBe("no_match");
    const later = { ...signedHeaders(), "webhook-timestamp": String(nowSeconds + 1) };
    expect(verifyCode(later)).toBe("no_match");
  });

  test("passes with any of several secrets; with none it is the receiver's mistake", () => {
    const headers = signedHeaders();
    const withSecrets = (secrets: readonly string[]): string =>
      codeOf(() => verifyStandardWebhook({ secrets, headers, body, nowMs }));
    expect(withSecrets([otherSecret, secret])).toBe("passed");
    expect(withSecrets([otherSecret])).toBe("no_match");
    expect(withSecrets([])).toBe("secret_invalid");
    expect(withSecrets([""])).toBe("secret_invalid");
  });

  test("is not parsed: a body that is not JSON passes", () => {
    const parts = { id, timestamp: nowSeconds, body: "not json {" };
    const headers = signedHeaders({ signature: computeSignature(standardScheme, secret, parts) });
    expect(verifyCode(headers, { body: parts.body })).toBe("passed");
  });
});

describe("signed by the official packages", () => {
  test.each([
    ["standardwebhooks", StandardWebhook],
    ["svix", SvixWebhook],
  ])("%s", (_name, Webhook) => {
    const signature = new Webhook(secret).sign(id, new Date(nowMs), body);
    expect(verifyCode(signedHeaders({ signature }))).toBe("passed");
  });
});

describe("headers", () => {
  test("may be a Headers object, or have names in any case", () => {
    const headers = signedHeaders();
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    expect(verifyCode(upper)).toBe("passed");
    const verified = verifyStandardWebhook({ secret, headers: new Headers(headers), body, nowMs });
    expect(verified.id).toBe(id);
    expect(
      codeOf(() => verifyStandardWebhook({ secret, headers: new Headers(), body, nowMs })),
    ).toBe("missing_header");
  });

  test("may have a header called get", () => {
    expect(verifyCode({ ...signedHeaders(), get: "x" })).toBe("passed");
  });

  test("may be Node's own; a repeated one never passes", async () => {
    const outcomes: string[] = [];
    const server = createServer((incoming, response) => {
      outcomes.push(
        codeOf(() => verifyStandardWebhook({ secret, headers: incoming.headers, body, nowMs })),
      );
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const post = (headers: Record<string, string | string[]>): Promise<void> =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest({ port, host: "127.0.0.1", method: "POST", headers });
        outgoing.on("response", (response) => response.resume().on("end", resolve));
        outgoing.on("error", reject);
        outgoing.end();
      });
    try {
      await post(signedHeaders());
      await post({ ...signedHeaders(), "webhook-id": [id, "other"] });
    } finally {
      server.close();
    }
    expect(outcomes).toEqual(["passed", "no_match"]);
  });
});

describe("the X-CDA-Signature header", () => {
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const check = (headers: Record<string, string>, more: object = {}): string =>
    codeOf(() => verifyCda({ secret, headers, body, ...more }));

  test("passes in any case of its name, over text and bytes", () => {
    expect(check({ "x-cda-signature": signature })).toBe("passed");
    expect(check({ "X-CDA-Signature": signature }, { body: Buffer.from(body) })).toBe("passed");
  });

  test("is rejected if absent, wrong, truncated, or a list", () => {
    expect(check({})).toBe("missing_header");
    expect(check({ "x-cda-signature": "" })).toBe("missing_header");
    expect(check({ "x-cda-signature": signature.slice(0, -1) })).toBe("no_match");
    expect(check({ "x-cda-signature": `${signature} ${signature}` })).toBe("no_match");
    expect(check({ "x-cda-signature": signature }, { body: `${body} ` })).toBe("no_match");
    const decoded = Buffer.from(secret.slice(6), "base64");
    const keyedByBytes = createHmac("sha256", decoded).update(body).digest("hex");
    expect(check({ "x-cda-signature": keyedByBytes })).toBe("no_match");
  });

  test("passes with an earlier secret too, if the receiver still has it", () => {
    const headers = { "x-cda-signature": signature };
    expect(codeOf(() => verifyCda({ secrets: [otherSecret, secret], headers, body }))).toBe(
      "passed",
    );
  });

  test("is accepted by the code that the platform's page shows", () => {
    const published = [
      'const crypto = require("crypto"); const signature = crypto',
      '.createHmac("sha256", endpointSecret) .update(rawBody) .digest("hex");',
      'const isValid = signature === requestHeaders["x-cda-signature"];',
    ].join(" ");
    // oxlint-disable-next-line no-implied-eval, no-new-func -- it must run as published
    const consumer = new Function(
      "require",
      "endpointSecret",
      "rawBody",
      "requestHeaders",
      `${published} return isValid;`,
    ) as (...facts: unknown[]) => boolean;
    const require = (name: string): unknown => ({ crypto: { createHmac } })[name];
    const parts = { id, timestamp: nowSeconds, body };
    const headers = { "x-cda-signature": computeSignature(cdaScheme, secret, parts) };
    expect(consumer(require, secret, body, headers)).toBe(true);
    expect(consumer(require, secret, `${body} `, headers)).toBe(false);
  });
});
