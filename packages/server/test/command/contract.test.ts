/** `posthorn contract list`, `preview` and `apply`; `check` has its own tests beside it. */
import { createHmac } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCommandLine, type CommandLine } from "../support/command-line.ts";
import { ownContract } from "../support/contracts.ts";
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

async function file(document: object, name = "document.json"): Promise<string> {
  const place = path.join(line.folder, name);
  await writeFile(place, JSON.stringify(document));
  return place;
}

async function stored(name: string): Promise<Row | undefined> {
  return (await service.api.get(`/rest/v1/webhook_contracts?name=eq.${name}`)).rows[0];
}

/** A service that nothing runs at. */
const nowhere = { environment: { POSTHORN_URL: "http://127.0.0.1:9" } };

describe("apply", () => {
  test("a dry run changes nothing, apply stores, and a second apply has nothing to do", async () => {
    const { name, document } = ownContract();
    const place = await file(document);
    const dry = await line.run(["contract", "apply", place, "--dry-run"]);
    expect(dry.out).toContain(`+ ${name}\n`);
    expect(dry.out).toContain("1 would be created, 0 would be updated, 0 already match.\n");
    expect(await stored(name)).toBeUndefined();
    const applied = await line.run(["contract", "apply", place]);
    expect(applied.out).toContain("1 were created, 0 were updated, 0 already match.\n");
    const first = await stored(name);
    expect(first).toMatchObject({ origin: "api", document });
    const again = await line.run(["contract", "apply", place]);
    expect(again.out).toBe("0 were created, 0 were updated, 1 already match.\n");
    expect((await stored(name))?.["version"]).toBe(first?.["version"]);
  });

  test("shows the members that change, also their order, and stores a new version", async () => {
    const { name, document } = ownContract();
    await line.run(["contract", "apply", await file(document)]);
    const before = await stored(name);
    const changed = { ...document, body: { by: "{sender.version}", own: "{event.data}" } };
    const ran = await line.run(["contract", "apply", await file(changed), "--json"]);
    expect(JSON.parse(ran.out)).toEqual([
      {
        name,
        kind: "update",
        fields: { body: changed.body },
        before: { body: (document as typeof changed).body },
      },
    ]);
    const after = await stored(name);
    expect(JSON.stringify(after?.["document"])).toContain(JSON.stringify(changed.body));
    expect(after?.["version"]).not.toBe(before?.["version"]);
  });

  test("reads all files before it stores the first, and says what is wrong", async () => {
    const { name, document } = ownContract();
    const place = await file(document);
    const wrong = ownContract().document;
    const broken = await file({ ...wrong, headers: { "x-own": "{event.tipe}" } }, "broken.json");
    const ran = await line.run(["contract", "apply", place, broken]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.err).toContain("/headers/x-own");
    expect(ran.err).toContain("event.type");
    expect(await stored(name)).toBeUndefined();
  });

  test("cannot change a shipped contract", async () => {
    const { document } = ownContract("svix");
    const ran = await line.run(["contract", "apply", await file(document)]);
    expect(ran.exitCode).not.toBe(0);
    expect(ran.err).toContain("is shipped with Posthorn");
    expect(await stored("svix")).toMatchObject({ origin: "shipped" });
  });
});

test("list shows each contract with its origin and version", async () => {
  const { name, document } = ownContract();
  await line.run(["contract", "apply", await file(document)]);
  const version = String((await stored(name))?.["version"]);
  const { out } = await line.run(["contract", "list"]);
  const shown = out.split("\n").map((each) => each.split(/ {2,}/));
  expect(shown[0]).toEqual(["NAME", "TITLE", "ORIGIN", "VERSION", "UPDATED"]);
  expect(shown.find(([first]) => first === name)?.slice(1, 4)).toEqual(["Own", "api", version]);
  expect(shown.find(([first]) => first === "svix")?.[2]).toBe("shipped");
  const rows = JSON.parse((await line.run(["contract", "list", "--json"])).out) as Row[];
  expect(rows.find((row) => row["name"] === name)?.["document"]).toEqual(document);
});

describe("preview", () => {
  const data = '{"order": "A-17"}';
  const given = ["--event-type", "order.paid", "--data", data];

  test("prints the request of a file without a service, signed with the given secret", async () => {
    const { document } = ownContract();
    const place = await file({ ...document, body: "{event.data}" });
    const to = "https://shop.example/hooks?a=b";
    const args = [...given, "--to", to, "--secret", "a secret"];
    const { out, err, exitCode } = await line.run(["contract", "preview", place, ...args], nowhere);
    expect([exitCode, err]).toEqual([0, ""]);
    const [head = "", body = ""] = out.split("\n\n");
    expect(body.trimEnd()).toBe(data);
    const lines = head.split("\n");
    expect(lines.slice(0, 2)).toEqual(["POST /hooks?a=b HTTP/1.1", "host: shop.example"]);
    const signature = createHmac("sha256", "a secret").update(data).digest("hex");
    expect(lines).toContain(`x-own: sha256=${signature}`);
  });

  test("generates a secret, and says which", async () => {
    const args = ["contract", "preview", "github-like", ...given];
    const { out, err } = await line.run(args, nowhere);
    const secret = /^Throw-away secret main: (\S+)$/m.exec(err)?.[1];
    expect(secret).toBeDefined();
    const signature = createHmac("sha256", secret!).update(data).digest("hex");
    expect(out).toContain(`sha256=${signature}`);
    const shown = JSON.parse((await line.run([...args, "--json"], nowhere)).out) as Row;
    expect(shown).toMatchObject({ method: "POST", body: data });
  });

  test("finds a contract that the service stores, by its name", async () => {
    const { name, document } = ownContract();
    await line.run(["contract", "apply", await file(document)]);
    const args = ["contract", "preview", name, ...given, "--id", "evt_1"];
    expect((await line.run(args)).out).toContain(`{"own":${data}`);
    const missing = await line.run(["contract", "preview", "no-such"]);
    expect(missing.exitCode).not.toBe(0);
    expect(missing.err).toContain("no-such");
  });
});
