/**
 * Commands that read files: `posthorn event-types`, `posthorn verify`, and commands with a profile.
 */
import { createHmac, randomUUID } from "node:crypto";
import { access, chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCommandLine, type CommandLine, type Ran } from "../support/command-line.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";

let service: TestService;
let line: CommandLine;
beforeAll(async () => {
  service = await startTestService();
  line = await createCommandLine({ POSTHORN_URL: service.service.url, POSTHORN_KEY: adminKey });
});
afterAll(async () => {
  await service.close();
  await rm(line.folder, { recursive: true, force: true });
});

async function file(name: string, content: string | Buffer): Promise<string> {
  const place = path.join(line.folder, name);
  await writeFile(place, content);
  return place;
}

describe("event-types", () => {
  const yaml = `
- name: order.paid
  description: An order was paid.
  schema: &order
    type: object
    required: [id]
    properties: { id: { type: string } }
  example: { id: o-1 }
- name: order.lost
  schema: *order
`;
  const openapi = {
    openapi: "3.1.0",
    webhooks: {
      "user.created": {
        post: {
          summary: "A user signed up.",
          requestBody: {
            content: {
              "application/json": {
                schema: { $ref: "#/components/schemas/User" },
                examples: { first: { value: { name: "Ada" } } },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        User: { type: "object", properties: { name: { $ref: "#/components/schemas/Name" } } },
        Name: { type: "string" },
      },
    },
  };

  async function stored(name: string): Promise<Row | undefined> {
    return (await service.api.get(`/rest/v1/webhook_event_types?name=eq.${name}`)).rows[0];
  }

  test("a dry run changes nothing, apply makes the changes, and a second apply has nothing to do", async () => {
    const place = await file("types.yaml", yaml);
    const dry = await line.run(["event-types", "apply", place, "--dry-run"]);
    expect(dry.out).toContain('+ order.paid\n    + description: "An order was paid."\n');
    expect(dry.out).toContain("2 would be created, 0 would be updated, 0 already match.");
    expect(await stored("order.paid")).toBeUndefined();
    expect((await line.run(["event-types", "diff", place])).exitCode).toBe(5);
    const applied = await line.run(["event-types", "apply", place]);
    expect(applied.out).toContain("2 were created, 0 were updated, 0 already match.");
    expect(await stored("order.paid")).toMatchObject({
      description: "An order was paid.",
      example: { id: "o-1" },
      schema: { required: ["id"] },
    });
    expect(await stored("order.lost")).toMatchObject({ description: "", example: null });
    for (const verb of ["apply", "diff"]) {
      const again = await line.run(["event-types", verb, place]);
      expect(again).toMatchObject({ exitCode: 0, err: "" });
      expect(again.out).toMatch(/^0 [\w ]+ created, 0 [\w ]+ updated, 2 already match\.$/m);
    }
  });

  test("types that the file omits stay; types that differ are shown and changed", async () => {
    const first = [{ name: "a.b", description: "old", example: { n: 1 }, schema_check: "warn" }];
    await line.run(["event-types", "apply", await file("a.json", JSON.stringify(first))]);
    const next = await file(
      "b.json",
      JSON.stringify({ eventTypes: [{ name: "a.b", description: "new" }] }),
    );
    const ran = await line.run(["event-types", "apply", next]);
    expect(ran.out).toBe(
      '~ a.b\n    - description: "old"\n    + description: "new"\n' +
        "0 were created, 1 were updated, 0 already match.\n",
    );
    const row = await stored("a.b");
    expect(row).toMatchObject({ description: "new", example: { n: 1 }, schema_check: "warn" });
  });

  test("the webhooks of OpenAPI 3.1 are event types, with their references replaced", async () => {
    const ran = await line.run(["event-types", "apply", "-"], { input: JSON.stringify(openapi) });
    expect(ran).toMatchObject({ exitCode: 0, err: "" });
    expect(await stored("user.created")).toMatchObject({
      description: "A user signed up.",
      schema: { type: "object", properties: { name: { type: "string" } } },
      example: { name: "Ada" },
    });
  });

  test("the output of list can be applied to another installation", async () => {
    const listed = await line.run(["event-types", "list", "--json"]);
    const diff = await line.run(["event-types", "diff", "-"], { input: listed.out });
    expect(diff).toMatchObject({ exitCode: 0 });
  });

  test("if one type is rejected, nothing is stored", async () => {
    const types = [{ name: "good.one" }, { name: "bad  one" }];
    const ran = await line.run(["event-types", "apply", "-"], { input: JSON.stringify(types) });
    expect(ran).toMatchObject({ exitCode: 4 });
    expect(await stored("good.one")).toBeUndefined();
  });

  test.each([
    ["[", "YAML or JSON that is broken"],
    ["a: &a [*a]", "something else than event types"],
    ["[]", "no event type"],
    ["[{description: x}]", "no name"],
    ["[{name: a.b, colour: red}]", "the unknown member colour"],
    ["[{name: a.b}, {name: a.b}]", "twice"],
    ["openapi: 3.0.3\nwebhooks: {}", "not 3.1"],
    ["openapi: 3.1.0\nwebhooks: {a: {post: {$ref: 'b.yaml'}}}", "not in this document"],
    ["openapi: 3.1.0\nwebhooks: {a: {$ref: '#/webhooks/a'}}", "contains itself"],
    ["openapi: 3.1.0\nwebhooks: {a: {$ref: '#/none'}}", "leads nowhere"],
  ])("%j is rejected: %s", async (input) => {
    const ran = await line.run(["event-types", "apply", "-"], { input });
    expect(ran).toMatchObject({ exitCode: 2, out: "" });
    expect(ran.err).toContain("PH_FILE_UNREADABLE");
  });
});

describe("verify", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  let receiver: Receiver;
  let headers: Readonly<Record<string, string>>;
  let body: string;
  let attemptId: string;

  beforeAll(async () => {
    receiver = await startReceiver();
    const org_id = randomUUID();
    const endpoint = { org_id, url: receiver.url, secret };
    await service.api.post("/rest/v1/webhook_endpoints", endpoint);
    // White space inside the data belongs to the signed body.
    const event = `{"org_id":"${org_id}","event_type":"scan.completed","data":{"scan_id": "é/1"}}`;
    await service.api.post("/rest/v1/webhook_events", event);
    const [received] = await receiver.waitFor(1, 20_000);
    body = received?.body ?? "";
    headers = Object.fromEntries(
      Object.entries(received?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    await receiver.close();
    await until(async () => {
      const { rows } = await service.api.get(`/rest/v1/webhook_attempts?org_id=eq.${org_id}`);
      attemptId = rows[0]?.id ?? "";
      return attemptId !== "";
    }, "the attempt");
  });

  interface Change {
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string | undefined>>;
    readonly secret?: string;
    readonly args?: readonly string[];
    readonly laterSeconds?: number;
  }

  async function check(change: Change): Promise<Ran> {
    const all = Object.entries({ ...headers, ...change.headers }).filter(([, value]) => value);
    const head = ["POST /hook HTTP/1.1", ...all.map(([name, value]) => `${name}: ${value}`)];
    const request = await file("request", `${head.join("\r\n")}\r\n\r\n${change.body ?? body}`);
    const args = ["verify", "--request", request, "--secret", change.secret ?? secret, "--json"];
    const sentMs = Number(headers["webhook-timestamp"]) * 1000;
    return line.run([...args, ...(change.args ?? [])], {
      now: () => sentMs + (change.laterSeconds ?? 1) * 1000,
    });
  }

  const cda = ["--contract", "cda"];
  const other = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
  const compare = (): readonly string[] => ["--attempt", attemptId];

  test.each<readonly [string, () => Change, readonly string[]]>([
    ["what was sent", () => ({}), ["right", "right"]],
    ["one of two secrets", () => ({ args: ["--secret", other] }), ["right", "right"]],
    [
      "an old request, whose body alone is signed as well",
      () => ({ laterSeconds: 301 }),
      ["right", "timestamp_too_old"],
    ],
    ["at its age's limit", () => ({ laterSeconds: 300 }), ["right", "right"]],
    ["a clock that is behind", () => ({ laterSeconds: -301 }), ["right", "timestamp_too_new"]],
    [
      "another secret, compared with what was sent",
      () => ({ secret: other, args: compare() }),
      ["wrong_secret", "wrong_secret"],
    ],
    [
      "another secret, without a comparison",
      () => ({ secret: other }),
      ["wrong_secret_or_body", "wrong_secret_or_body"],
    ],
    [
      "a secret with a line break",
      () => ({ secret: `${secret}\n` }),
      ["secret_has_whitespace", "secret_invalid"],
    ],
    [
      "no secret of that form",
      () => ({ secret: "hunter2" }),
      ["wrong_secret_or_body", "secret_invalid"],
    ],
    ["a line break at the end", () => ({ body: `${body}\n` }), ["body_changed", "body_changed"]],
    ["a byte order mark", () => ({ body: `\uFEFF${body}` }), ["body_changed", "body_changed"]],
    [
      "a body written by another serialiser, compared with what was sent",
      () => ({ body: JSON.stringify(JSON.parse(body), null, 2), args: compare() }),
      ["body_changed", "body_changed"],
    ],
    [
      "the characters of UTF-8 taken for Latin-1",
      () => ({ body: Buffer.from(body).toString("latin1") }),
      ["body_changed", "body_changed"],
    ],
    [
      "no signature at all",
      () => ({ headers: { "x-cda-signature": undefined, "webhook-signature": undefined } }),
      ["missing_header"],
    ],
    [
      "no timestamp",
      () => ({ headers: { "webhook-timestamp": undefined } }),
      ["right", "missing_header"],
    ],
    [
      "a timestamp in milliseconds",
      () => ({ headers: { "webhook-timestamp": "1796055617000" } }),
      ["right", "timestamp_invalid"],
    ],
    [
      "a signature without its version",
      () => ({ headers: { "webhook-signature": (headers["webhook-signature"] ?? "").slice(3) } }),
      ["right", "signature_malformed"],
    ],
    [
      "a signature in capitals",
      () => ({ headers: { "x-cda-signature": headers["x-cda-signature"]?.toUpperCase() } }),
      ["signature_malformed", "right"],
    ],
  ])("%s", async (_name, change, verdicts) => {
    const { args = [], ...rest } = change();
    const ran = await check({ ...rest, args: [...cda, ...args] });
    const isRight = verdicts.every((each) => each === "right");
    expect(ran).toMatchObject({ exitCode: isRight ? 0 : 5, err: "" });
    const { is_right, checks } = JSON.parse(ran.out) as { is_right: boolean; checks: Row[] };
    expect(is_right).toBe(isRight);
    expect(checks.map(({ verdict }) => verdict)).toEqual(verdicts);
  });

  test("white space between JSON tokens does not change the verdict", async () => {
    const signed = '{"a":12345678901234567890,"b":"\\/ é"}';
    const signature = createHmac("sha256", secret).update(signed).digest("hex");
    const changed = '{ "a": 12345678901234567890,\n"b": "\\/ é" }\n';
    const given = { body: changed, headers: { "x-cda-signature": signature } };
    const ran = await check({ ...given, args: cda });
    const { checks } = JSON.parse(ran.out) as { checks: Row[] };
    expect(checks[0]).toMatchObject({ verdict: "body_changed" });
  });

  test("for people, ends with the verdict; an unknown contract is rejected", async () => {
    const request = ["--header", `x-cda-signature: ${headers["x-cda-signature"]}`];
    const bodyFile = await file("body", body);
    const ran = await line.run(["verify", "--secret", secret, ...request, "--body", bodyFile]);
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(/^verdict {2}right$/m);
    expect(ran.out.trimEnd().endsWith("The signature is right.")).toBe(true);
    const unknown = await check({ args: ["--contract", "none"] });
    expect(unknown.err).toContain("PH_CONTRACT_UNKNOWN");
  });
});

describe("profiles", () => {
  test("login keeps a key that works, readable only by its owner, and logout deletes it", async () => {
    const home = await createCommandLine();
    const { url } = service.service;
    const wrong = await home.run(["login", "--url", url], { secret: "phk_wrong" });
    expect(wrong.exitCode).toBe(4);
    expect(await home.run(["login", "--url", `${url}/`], { secret: adminKey })).toMatchObject({
      exitCode: 0,
      err: "",
    });
    const place = path.join(home.folder, "posthorn", "profiles.json");
    expect((await stat(place)).mode & 0o777).toBe(0o600);
    expect((await home.run(["status"])).exitCode).toBe(0);
    await home.run(["login", "--url", url, "--profile", "two"], { input: `${adminKey}\n` });
    const listed = await home.run(["profiles", "--json"]);
    expect(JSON.parse(listed.out)).toEqual([
      { name: "default", url, is_current: false },
      { name: "two", url, is_current: true },
    ]);
    await home.run(["logout"]);
    await home.run(["logout", "--profile", "default"]);
    expect(await readFile(place, "utf8")).not.toContain(adminKey);
    const without = await home.run(["keys", "list", "--url", url]);
    expect(without).toMatchObject({ exitCode: 2 });
    expect(without.err).toContain("PH_API_KEY_NOT_SET");
    await rm(home.folder, { recursive: true });
  });

  test("a key goes only to the address that it was given for", async () => {
    const home = await createCommandLine();
    await home.run(["login", "--url", service.service.url, "--key", adminKey]);
    const elsewhere = await startReceiver((response) => void response.end("[]"));
    const listing = ["keys", "list", "--url", new URL(elsewhere.url).origin];
    const ran = await home.run(listing);
    expect(ran.err).toContain("PH_API_KEY_NOT_SET");
    const variables = { POSTHORN_URL: service.service.url, POSTHORN_KEY: adminKey };
    expect((await home.run(listing, { environment: variables })).err).toContain("KEY_NOT_SET");
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
    await rm(home.folder, { recursive: true });
  });

  test("without any setting, the service of this data folder is used, with its admin key", async () => {
    const home = await createCommandLine();
    await writeFile(path.join(home.folder, "admin-key"), `${adminKey}\n`);
    const environment = {
      POSTHORN_DATA_DIR: home.folder,
      POSTHORN_PORT: new URL(service.service.url).port,
    };
    expect((await home.run(["keys", "list"], { environment })).exitCode).toBe(0);
    await rm(home.folder, { recursive: true });
  });

  test.each([
    ["a file that others may read", '{"current":null,"profiles":{}}', 0o644, "chmod 600"],
    ["a file that is no JSON", "phk_secret", 0o600, "it is not JSON"],
    ["a file of something else", '{"profiles":{"a":1},"current":null}', 0o600, "something else"],
  ])("%s is rejected, without its content", async (_name, text, mode, reason) => {
    const home = await createCommandLine();
    await home.run(["login", "--url", service.service.url, "--key", adminKey]);
    const place = path.join(home.folder, "posthorn", "profiles.json");
    await writeFile(place, text);
    await chmod(place, mode);
    const ran = await home.run(["keys", "list"]);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain("PH_PROFILES_FILE");
    expect(ran.err).toContain(reason);
    expect(ran.err).not.toContain("phk_");
    await rm(home.folder, { recursive: true });
  });

  test("an unknown profile is rejected with those that exist", async () => {
    const ran = await line.run(["keys", "list", "--profile", "none"]);
    expect(ran.err).toContain("Existing profiles: none. (PH_PROFILE_UNKNOWN)");
  });
});

test("a service on another port is found through its data folder, which git ignores", async () => {
  const here = await createCommandLine();
  const dataDir = path.join(here.folder, "data");
  const environment = { POSTHORN_DATA_DIR: dataDir, POSTHORN_ADMIN_KEY: "" };
  const other = await startTestService({ environment });
  try {
    const ran = await here.run(["status"], { environment });
    expect(ran).toMatchObject({ exitCode: 0, err: "" });
    expect(ran.out).toContain(other.service.url);
    expect(ran.out).toMatch(/^key +works$/m);
    expect(await readFile(path.join(dataDir, ".gitignore"), "utf8")).toBe("*\n");
  } finally {
    await other.close();
  }
  await expect(access(path.join(dataDir, "address"))).rejects.toMatchObject({ code: "ENOENT" });
  await rm(here.folder, { recursive: true });
});
