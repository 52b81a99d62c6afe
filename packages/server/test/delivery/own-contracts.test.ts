/** Contracts of a folder, and secrets in whichever form a contract can use. */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { limits } from "../../src/limits.ts";
import { startService } from "../../src/service/compose.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Received, type Receiver } from "../support/receiver.ts";
import {
  adminKey,
  representation,
  startTestService,
  type TestService,
} from "../support/service.ts";

const vendors = fileURLToPath(new URL("../../../../vendors/", import.meta.url));
const own = "adyen-platform box chargebee discord github gitlab shopify stripe".split(" ");

let folder: string;
let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-contracts-"));
  for (const name of own) {
    await copyFile(path.join(vendors, name, "contract.json"), path.join(folder, `${name}.json`));
  }
  const { privateKey } = generateKeyPairSync("ed25519");
  posthorn = await startTestService({
    environment: {
      POSTHORN_CONTRACTS_DIR: folder,
      POSTHORN_SIGNING_KEYS: JSON.stringify({ keys: [privateKey.export({ format: "jwk" })] }),
    },
  });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
  await rm(folder, { recursive: true });
});

type Request = Received & { readonly url: string };

/** Delivers an event with this contract and secret. */
async function deliver(contract: string, secret: string, fields: object = {}): Promise<Request> {
  const url = `${receiver.url}/${contract}?a=b`;
  const { orgId } = await subscribe(posthorn, url, { contract, secret, ...fields });
  const data = { scan_id: "s", shop: "ü", n: 1 };
  const eventId = await publish(posthorn.api, orgId, { data });
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  const request = receiver.received.find((each) => each.path.startsWith(`/${contract}`));
  if (request === undefined) throw new Error("Nothing arrived.");
  return { ...request, url };
}

const header = ({ headers }: Request, name: string): string => String(headers[name]);
const hmac = (key: string | Buffer, text: string, hash = "sha256") =>
  createHmac(hash, key).update(text);

describe("a real service sends what the platform sent before, with its secret:", () => {
  test("Stripe, whose whsec_ is not base64", async () => {
    const secret = "whsec_4nbnR5G4TFN2hoMpQWmKoBYpAJPnU1Lr-";
    const request = await deliver("stripe", secret);
    const [, at = "", signature = ""] =
      /^t=(\d+),v1=([0-9a-f]+)$/.exec(header(request, "stripe-signature")) ?? [];
    expect(signature).toBe(hmac(secret, `${at}.${request.body}`).digest("hex"));
  });

  test("Adyen, with a key in hex", async () => {
    const secret = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
    const request = await deliver("adyen-platform", secret);
    const expected = hmac(Buffer.from(secret, "hex"), request.body).digest("base64");
    expect(header(request, "hmacsignature")).toBe(expected);
  });

  test("Discord, with the platform's key from /.well-known/jwks.json", async () => {
    const request = await deliver("discord", "unused");
    const { keys } = (await posthorn.api.get("/.well-known/jwks.json")).json as {
      keys: Readonly<Record<string, unknown>>[];
    };
    const key = createPublicKey({ key: keys[0] ?? {}, format: "jwk" });
    const text = Buffer.from(header(request, "x-signature-timestamp") + request.body);
    const signature = Buffer.from(header(request, "x-signature-ed25519"), "hex");
    expect(verify(null, text, key, signature)).toBe(true);
    const pem = (await posthorn.api.get("/.well-known/keys.pem")).text;
    expect(createPublicKey(pem).export({ format: "jwk" })).toEqual(key.export({ format: "jwk" }));
  });

  test("a JSON Web Token that covers the body", async () => {
    const request = await deliver("jwt", "the secret of this endpoint 1234");
    const token = header(request, "authorization").replace("Bearer ", "");
    const key = Buffer.from("the secret of this endpoint 1234");
    const { payload } = await jwtVerify(token, key, { maxTokenAge: "5 minutes" });
    const digest = createHash("sha256").update(request.body).digest("hex");
    expect(payload["body_sha256"]).toBe(digest);
  });
});

test.each([
  ["gitlab", "x-gitlab-token", "the token", "[redacted]"],
  ["chargebee", "authorization", "Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"],
])(
  "%s sends a credential, and rpc/sent_request does not show it",
  async (name, at, sent, shown) => {
    const secret = name === "gitlab" ? "the token" : "user:password";
    const request = await deliver(name, secret);
    expect(header(request, at)).toBe(sent);
    const endpoint = `/rest/v1/webhook_endpoints?url=eq.${encodeURIComponent(request.url)}`;
    const { id } = (await posthorn.api.get(endpoint)).row;
    const attempts = `/rest/v1/webhook_attempts?endpoint_id=eq.${id}`;
    const attempt = (await posthorn.api.get(attempts)).rows[0];
    const answered = await posthorn.api.post("/rest/v1/rpc/sent_request", {
      attempt_id: attempt?.id,
    });
    expect(answered.row["redacted"]).toEqual([at]);
    expect(answered.row["headers"]).toContainEqual({ name: at, value: shown });
    expect(answered.text).not.toContain(secret);
  },
);

describe("secrets", () => {
  const create = (fields: object) =>
    posthorn.api.post(
      "/rest/v1/webhook_endpoints",
      { org_id: posthorn.newOrg(), url: `${receiver.url}/secrets`, ...fields },
      representation,
    );

  test("that are short give a warning, at creation and at a rotation", async () => {
    const created = await create({ contract: "github", secret: "hunter2" });
    expect(created.row).toMatchObject({
      secret: "hunter2",
      secret_warning: expect.stringContaining("The secret has 7 bytes."),
    });
    const rotation = { endpoint_id: created.row.id, secret: "hunter3" };
    const rotated = await posthorn.api.post("/rest/v1/rpc/rotate_secret", rotation);
    expect(rotated.row["secret_warning"]).toContain("7 bytes");
    const long = await create({ contract: "github", secret: "a".repeat(24) });
    expect(long.row["secret_warning"]).toBeNull();
  });

  test("are generated in the form that the contract defines", async () => {
    const generated = async (contract: string): Promise<unknown> =>
      (await create({ contract })).row["secret"];
    expect(await generated("standard")).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await generated("github-like")).toMatch(/^[0-9a-f]{64}$/);
    expect(await generated("adyen-platform")).toMatch(/^[0-9a-f]{64}$/);
    expect(await generated("slack-like")).toMatch(/^[0-9a-f]{32}$/);
    expect(await generated("stripe-like")).toMatch(/^whsec_[0-9a-f]{64}$/);
  });

  const box = (primary: string, secondary: string, at: string, body: string) => ({
    "box-signature-primary": hmac(primary, body + at).digest("base64"),
    "box-signature-secondary": hmac(secondary, body + at).digest("base64"),
  });

  test("of several names sign their own headers, and rotate one by one", async () => {
    const url = `${receiver.url}/box`;
    const named = [
      { name: "primary", secret: "the primary key of this app 1234" },
      { name: "secondary", secret: "the secondary key of this app 12" },
    ];
    const created = await create({ contract: "box", url, secrets: named });
    const [primary = "", secondary = ""] = named.map(({ secret }) => secret);
    expect(created.row["secrets"]).toEqual({ primary, secondary });
    const orgId = String(created.row["org_id"]);
    const send = async (): Promise<{ headers: object; at: string; body: string }> => {
      const before = receiver.received.length;
      const eventId = await publish(posthorn.api, orgId);
      await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
      const { headers, body } = receiver.received[before]!;
      return { headers, at: String(headers["box-delivery-timestamp"]), body };
    };
    const first = await send();
    expect(first.headers).toMatchObject(box(primary, secondary, first.at, first.body));
    const rotated = await posthorn.api.post("/rest/v1/rpc/rotate_secret", {
      endpoint_id: created.row.id,
      name: "secondary",
      overlap_seconds: 0,
    });
    const fresh = String(rotated.row["secret"]);
    expect(fresh).toMatch(/^[0-9a-f]{64}$/);
    const second = await send();
    expect(second.headers).toMatchObject(box(primary, fresh, second.at, second.body));
    const unknown = { endpoint_id: created.row.id, name: "third" };
    const refused = await posthorn.api.post("/rest/v1/rpc/rotate_secret", unknown);
    expect(refused.row).toMatchObject({
      code: "PH_FIELD_INVALID",
      hint: "Allowed: primary or secondary.",
    });
  });

  test("of one name rotate even if another name has as many earlier ones as allowed", async () => {
    const { row } = await create({ contract: "box" });
    const rotate = (name: string) =>
      posthorn.api.post("/rest/v1/rpc/rotate_secret", { endpoint_id: row.id, name });
    for (let made = 0; made < limits.oldSecretsMax; made += 1) await rotate("primary");
    expect((await rotate("primary")).row["code"]).toBe("PH_TOO_MANY_SECRETS");
    expect((await rotate("secondary")).status).toBe(200);
  });

  test("that another sender still uses are given with their ends in one call", async () => {
    const expiresAt = new Date(Date.now() + 365 * 24 * 3_600_000).toISOString();
    const secrets = [
      { secret: "the current secret of the sender" },
      { secret: "the earlier secret of the sender", expires_at: expiresAt },
    ];
    const url = `${receiver.url}/import`;
    const created = await create({ contract: "stripe", url, secrets });
    expect(created.row).toMatchObject({
      secret: secrets[0]?.secret,
      previous_secret_expires_at: expect.stringContaining(expiresAt.slice(0, 19)),
    });
    const before = receiver.received.length;
    const eventId = await publish(posthorn.api, String(created.row["org_id"]));
    await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
    const { headers, body } = receiver.received[before]!;
    const at = /^t=(\d+)/.exec(String(headers["stripe-signature"]))?.[1] ?? "";
    const values = secrets.map(({ secret }) => hmac(secret, `${at}.${body}`).digest("hex"));
    const expected = `t=${at},${values.map((value) => `v1=${value}`).join(",")}`;
    expect(headers["stripe-signature"]).toBe(expected);
    const attempts = `/rest/v1/webhook_attempts?event_id=eq.${eventId}`;
    const attempt = (await posthorn.api.get(attempts)).rows[0];
    const sent = await posthorn.api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt?.id });
    expect(sent.row["headers"]).toContainEqual({ name: "stripe-signature", value: expected });
  });

  test("an endpoint is created with initialSecretsMax of them, and not with one more", async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const secret = "a secret that is long enough";
    const some = (count: number) =>
      Array.from({ length: count }, (_, index) => {
        const name = index % 2 === 0 ? "primary" : "secondary";
        return index < 2 ? { name, secret } : { name, secret: `${secret} ${index}`, expires_at };
      });
    const url = `${receiver.url}/many`;
    const most = await create({ contract: "box", url, secrets: some(limits.initialSecretsMax) });
    expect(most.status, most.text).toBe(201);
    const secrets = some(limits.initialSecretsMax + 1);
    const above = await create({ contract: "box", url, secrets });
    expect([above.status, above.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
  });

  test.each([
    ["secret and secrets", { secret: "a", secrets: [{ secret: "b" }] }, "PH_FIELD_INVALID"],
    ["no list", { secrets: { secret: "b" } }, "PH_FIELD_INVALID"],
    ["an unknown member", { secrets: [{ secret: "b", until: "x" }] }, "PH_FIELD_INVALID"],
    ["two current ones", { secrets: [{ secret: "a" }, { secret: "b" }] }, "PH_FIELD_INVALID"],
    ["an unknown name", { secrets: [{ name: "x", secret: "b" }] }, "PH_FIELD_INVALID"],
    [
      "an end in the past",
      { secrets: [{ secret: "b", expires_at: "2020-01-01" }] },
      "PH_FIELD_INVALID",
    ],
    ["an entry without a text", { secrets: [{}] }, "PH_SECRET_INVALID"],
    [
      "11 earlier ones of one name",
      {
        secrets: Array.from({ length: limits.oldSecretsMax + 1 }, (_, index) => ({
          secret: `an earlier secret ${index}`,
          expires_at: new Date(Date.now() + 3_600_000).toISOString(),
        })),
      },
      "PH_FIELD_INVALID",
    ],
    [
      "17 entries",
      { secrets: Array.from({ length: limits.initialSecretsMax + 1 }, () => ({})) },
      "PH_FIELD_INVALID",
    ],
  ])("%s are refused", async (_name, fields, code) => {
    const answered = await create({ contract: "github", ...fields });
    expect([answered.status, answered.row["code"]]).toEqual([400, code]);
  });

  test("that another contract cannot use prevent the change to it", async () => {
    const { row } = await create({ contract: "github", secret: "not base64, but long enough" });
    const change = (contract: string) =>
      posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${row.id}`, { contract });
    expect((await change("standard")).row).toMatchObject({
      code: "PH_SECRET_INVALID",
      message: expect.stringContaining("The contract standard cannot use the secret"),
    });
    expect((await change("stripe-like")).status).toBe(204);
  });
});

test("data that cannot be sent in a header fails the attempt, and sent_request says why", async () => {
  const url = `${receiver.url}/unsendable`;
  const secret = "a secret of this shop, long enough";
  const { orgId } = await subscribe(posthorn, url, { contract: "shopify", secret });
  const data = { scan_id: "s", shop: "x".repeat(5_000) };
  const eventId = await publish(posthorn.api, orgId, { data });
  const attempts = `/rest/v1/webhook_attempts?event_id=eq.${eventId}`;
  await until(async () => (await posthorn.api.get(attempts)).rows.length > 0, "an attempt");
  const [attempt] = (await posthorn.api.get(attempts)).rows;
  const sent = await posthorn.api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt?.id });
  const reason = "The header x-shopify-shop-domain would have 5000 characters; 4096 are allowed.";
  expect(attempt).toMatchObject({ error: "internal", error_message: reason });
  const { row: delivery } = await posthorn.api.get(
    `/rest/v1/webhook_deliveries?event_id=eq.${eventId}`,
  );
  expect(delivery).toMatchObject({ status: "failed", attempts: 1 });
  expect(sent.row).toMatchObject({ is_exact: false, note: reason, headers: [] });
});

test("a customer may set headers that only other contracts set", async () => {
  const fields = { headers: { Authorization: "Bearer abc" } };
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const request = await deliver("standard-raw", secret, fields);
  expect(header(request, "authorization")).toBe("Bearer abc");
  const refused = await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: posthorn.newOrg(),
    url: receiver.url,
    contract: "jwt",
    ...fields,
  });
  expect(refused.row["code"]).toBe("PH_HEADERS_INVALID");
});

test("a start without a document that endpoints use fails, and names it", async () => {
  await subscribe(posthorn, `${receiver.url}/github`, { contract: "github", secret: "a secret" });
  const config = readConfig(
    { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
    {
      DATABASE_URL: posthorn.databaseUrl,
      POSTHORN_PORT: "0",
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ENCRYPTION_KEY: posthorn.encryptionKey,
    },
  );
  await expect(startService(config)).rejects.toMatchObject({
    code: "PH_CONTRACT_MISSING",
    message: expect.stringContaining("github"),
  });
});
