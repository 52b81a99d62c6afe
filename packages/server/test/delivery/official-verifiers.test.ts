/**
 * The vendors that matter most, with a real service and a real socket. Where the vendor's official
 * verifier is a small package, it decides, unmodified. `npm run vendors` runs the large ones, too.
 */
import { createHash, createHmac, createPublicKey, generateKeyPairSync } from "node:crypto";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { verify as verifyGithub } from "@octokit/webhooks-methods";
import { Paddle } from "@paddle/paddle-node-sdk";
import { EventWebhook } from "@sendgrid/eventwebhook";
import { verifyKey } from "discord-interactions";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Stripe } from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Received, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

const vendors = fileURLToPath(new URL("../../../../vendors/", import.meta.url));
const rotating = {
  name: "rotating",
  title: "Rotating",
  description: "A JSON Web Token by the platform's key.",
  body: "{event.data}",
  headers: { "x-token": "{signature.token}" },
  signatures: {
    token: {
      algorithm: "ed25519",
      jwt: { claims: { iat: "{attempt.timestamp_seconds}", digest: "{body.sha256.hex}" } },
    },
  },
  retry: { schedule: "0s,1m" },
  timeoutMs: 10_000,
};

let folder: string;
let posthorn: TestService;
let receiver: Receiver;

/** New keys take over one after the other, longer than any start takes. */
function signingKeys(): string {
  const stepMs = 250;
  const firstMs = Date.now();
  const rotated = Array.from({ length: 200 }, (_, step) => ({
    ...generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }),
    active_from: new Date(step === 0 ? 0 : firstMs + step * stepMs).toISOString(),
  }));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return JSON.stringify({ keys: [...rotated, privateKey.export({ format: "jwk" })] });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-contracts-"));
  for (const name of Object.keys(verifiers)) {
    await copyFile(path.join(vendors, name, "contract.json"), path.join(folder, `${name}.json`));
  }
  // A shipped contract has this name.
  await rm(path.join(folder, "svix.json"));
  await writeFile(path.join(folder, "rotating.json"), JSON.stringify(rotating));
  posthorn = await startTestService({
    environment: { POSTHORN_CONTRACTS_DIR: folder, POSTHORN_SIGNING_KEYS: signingKeys() },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
  await rm(folder, { recursive: true });
});

interface Facts {
  readonly body: string;
  readonly url: string;
  readonly secret: string;
  readonly keySet: JSONWebKeySet;
  header(name: string): string;
  readonly headers: Record<string, string>;
}

async function publishedKeys(): Promise<JSONWebKeySet> {
  return (await posthorn.api.get("/.well-known/jwks.json")).json as JSONWebKeySet;
}

const hmac = (hash: string, key: string, text: string) => createHmac(hash, key).update(text);
const ofCurve = ({ keySet }: Facts, curve: string) =>
  keySet.keys.filter(({ crv }) => crv === curve);

/** Each returns whether it accepts the request, or throws. */
const verifiers: Readonly<Record<string, (facts: Facts) => unknown>> = {
  stripe: ({ body, header, secret }) =>
    new Stripe("sk_test_key").webhooks.constructEvent(body, header("stripe-signature"), secret),
  github: ({ body, header, secret }) => verifyGithub(secret, body, header("x-hub-signature-256")),
  svix: ({ body, headers, secret }) => new SvixWebhook(secret).verify(body, headers),
  standardwebhooks: ({ body, headers, secret }) =>
    new StandardWebhook(secret).verify(body, headers),
  paddle: ({ body, header, secret }) =>
    new Paddle("key").webhooks.isSignatureValid(body, secret, header("paddle-signature")),
  async discord(facts) {
    const [signature, at] = ["x-signature-ed25519", "x-signature-timestamp"].map(facts.header);
    for (const { x = "" } of ofCurve(facts, "Ed25519")) {
      const key = Buffer.from(x, "base64url").toString("hex");
      if (await verifyKey(facts.body, signature ?? "", at ?? "", key)) return true;
    }
    return false;
  },
  sendgrid(facts) {
    const [jwk = { kty: "EC" }] = ofCurve(facts, "P-256");
    const key = createPublicKey({ key: { ...jwk }, format: "jwk" });
    const der = key.export({ type: "spki", format: "der" }).toString("base64");
    const events = new EventWebhook();
    return events.verifySignature(
      events.convertPublicKeyToECDSA(der),
      facts.body,
      facts.header("x-twilio-email-event-webhook-signature"),
      facts.header("x-twilio-email-event-webhook-timestamp"),
    );
  },
  // Plaid's package has no verifier; its documentation names a JWT library.
  async plaid({ body, header, keySet }) {
    const keys = createLocalJWKSet(keySet);
    const { payload } = await jwtVerify(header("plaid-verification"), keys, { maxTokenAge: 300 });
    return payload["request_body_sha256"] === createHash("sha256").update(body).digest("hex");
  },
  // The verifiers of the following vendors are parts of packages of 20 to 70 MB.
  shopify: ({ body, header, secret }) =>
    hmac("sha256", secret, body).digest("base64") === header("x-shopify-hmac-sha256"),
  slack({ body, header, secret }) {
    const text = `v0:${header("x-slack-request-timestamp")}:${body}`;
    return `v0=${hmac("sha256", secret, text).digest("hex")}` === header("x-slack-signature");
  },
  "twilio-form"({ body, header, secret, url }) {
    const fields = [...new URLSearchParams(body)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const signed = hmac("sha1", secret, url + fields.flat().join("")).digest("base64");
    return signed === header("x-twilio-signature");
  },
  square: ({ body, header, secret, url }) =>
    hmac("sha256", secret, url + body).digest("base64") === header("x-square-hmacsha256-signature"),
};

async function accepts(name: string, facts: Facts): Promise<boolean> {
  try {
    return (await verifiers[name]?.(facts)) !== false;
  } catch {
    return false;
  }
}

test.each(Object.keys(verifiers))("%s's verifier accepts what Posthorn sends", async (name) => {
  const url = `${receiver.url}/${name}?a=b`;
  const { orgId, secret } = await subscribe(posthorn, url, { contract: name });
  await publish(posthorn.api, orgId, { data: { scan_id: "s", shop: "ü", n: 1 } });
  const arrived = (): Received | undefined =>
    receiver.received.find((each) => each.path.startsWith(`/${name}?`));
  await until(() => arrived() !== undefined, "the request");
  const { body = "", headers = {} } = arrived() ?? {};
  const facts: Facts = {
    body,
    url,
    secret,
    keySet: await publishedKeys(),
    headers: headers as Record<string, string>,
    header: (each) => String(headers[each]),
  };
  expect(await accepts(name, facts)).toBe(true);
  expect(await accepts(name, { ...facts, body: body.replace("1", "2") })).toBe(false);
});

test("while keys rotate, each token verifies with the keys that are published then", async () => {
  const { orgId } = await subscribe(posthorn, `${receiver.url}/rotating`, { contract: "rotating" });
  const kids = new Set<string>();
  const failures: unknown[] = [];
  const checks: Promise<void>[] = [];
  async function check({ headers, body }: Received): Promise<void> {
    try {
      const keys = createLocalJWKSet(await publishedKeys());
      const { payload, protectedHeader } = await jwtVerify(String(headers["x-token"]), keys);
      expect(payload["digest"]).toBe(createHash("sha256").update(body).digest("hex"));
      kids.add(String(protectedHeader.kid));
    } catch (error) {
      failures.push(error);
    }
  }
  receiver.answerWith((response, _number, received) => {
    if (received.path === "/rotating") checks.push(check(received));
    response.end();
  });
  let published = 0;
  // Ends when the fifth key signs.
  await until(async () => {
    const events = Array.from({ length: 5 }, () => publish(posthorn.api, orgId));
    published += (await Promise.all(events)).length;
    return kids.size >= 5;
  }, "five keys");
  await until(() => checks.length >= published, "every delivery");
  await Promise.all(checks);
  expect(failures).toEqual([]);
  expect(checks).toHaveLength(published);
});
