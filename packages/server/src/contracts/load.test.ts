import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { packageFolder } from "./documents.ts";
import { loadAllContracts, loadContracts, readContract } from "./load.ts";
import { compileContract } from "./render.ts";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

describe("the packaged contracts", () => {
  const documents = loadContracts();
  const contracts = new Map([...documents].map(([name, each]) => [name, compileContract(each)]));
  const svixScheduleMs = [
    0,
    5 * secondMs,
    5 * minuteMs,
    30 * minuteMs,
    2 * hourMs,
    5 * hourMs,
    10 * hourMs,
    10 * hourMs,
  ];

  test("are these", () => {
    expect([...contracts.keys()]).toEqual([
      "cadana",
      "cda",
      "cloudevents-binary",
      "cloudevents",
      "github-like",
      "jwt",
      "rfc9421",
      "shopify-like",
      "slack-like",
      "standard-raw",
      "standard",
      "stripe-like",
      "svix-unbranded",
      "svix",
    ]);
  });

  test("fit the schema, which a start does not check", () => {
    for (const [name, contract] of documents) {
      const file = path.join(packageFolder("contracts"), `${name}.json`);
      expect(readContract(file)).toEqual(contract);
    }
  });

  test("have at most 40 lines", async () => {
    for (const name of contracts.keys()) {
      const file = path.join(packageFolder("contracts"), `${name}.json`);
      const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
      expect([name, lines.length > 40]).toEqual([name, false]);
    }
  });

  test("retry when their platforms say: CDA never earlier, within 10 seconds' timeout", () => {
    expect(contracts.get("cda")).toMatchObject({
      retry: {
        scheduleMs: [0, minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs],
        jitter: { below: 0, above: 0.05 },
      },
      timeoutMs: 10 * secondMs,
    });
  });

  test.each(["cadana", "svix"])("retry by Svix's schedule and jitter: %s", (name) => {
    expect(contracts.get(name)).toMatchObject({
      retry: { scheduleMs: svixScheduleMs, jitter: { below: 0.2, above: 0.2 } },
      timeoutMs: 15 * secondMs,
    });
  });

  test("retry by the specification's example over 75 hours: standard", () => {
    const { scheduleMs } = contracts.get("standard")?.retry ?? { scheduleMs: [] };
    expect(scheduleMs).toHaveLength(10);
    const sumMs = scheduleMs.reduce((sum, stepMs) => sum + stepMs, 0);
    expect(sumMs).toBe(75 * hourMs + 35 * minuteMs + 5 * secondMs);
  });

  test("cannot be changed at run time", () => {
    const headers = documents.get("cda")?.headers as Record<string, string>;
    expect(() => Object.assign(headers, { "x-a": "a" })).toThrow(TypeError);
  });
});

describe("the schema's limits", () => {
  interface BoundsOfSchema {
    readonly properties: {
      readonly timeoutMs: { readonly maximum: number };
    };
  }

  test.each(["contracts/contract", "catalogue/catalogue"])(
    "%s.schema.json is a schema",
    async (name) => {
      const [folder = "", file = ""] = name.split("/");
      const text = await readFile(path.join(packageFolder(folder), `${file}.schema.json`), "utf8");
      const compiler = new Ajv2020({ strict: true });
      expect(() => compiler.compile(JSON.parse(text) as object)).not.toThrow();
    },
  );

  test("equal the program's: a lease outlasts an attempt", async () => {
    const file = path.join(packageFolder("contracts"), "contract.schema.json");
    const { properties } = JSON.parse(await readFile(file, "utf8")) as BoundsOfSchema;
    expect(properties.timeoutMs.maximum).toBeLessThanOrEqual(limits.leaseMs - limits.leaseMarginMs);
  });
});

describe("a folder of documents", () => {
  let folder: string;
  let good: Record<string, unknown>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "posthorn-contracts-"));
    const file = path.join(packageFolder("contracts"), "standard.json");
    good = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    good["name"] = "mine";
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function write(document: unknown, file = "mine.json"): Promise<void> {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    await writeFile(path.join(folder, file), text);
  }

  test("may be an operator's own; schemas and other files in it are not documents", async () => {
    await write(good);
    await write("not json", "notes.txt");
    await write({}, "contract.schema.json");
    expect([...loadContracts(folder).keys()]).toEqual(["mine"]);
  });

  test.each<[string, object, RegExp]>([
    ["a member that it does not know", { colour: "red" }, /mine\.json.*additional.*\(colour; /],
    ["a member that is missing", { timeoutMs: undefined }, /required property 'timeoutMs'/],
    ["a timeout past the bound", { timeoutMs: 30_001 }, /\/timeoutMs must be <= 30000/],
    ["an object without members in its body", { body: {} }, /\/body/],
    [
      "an algorithm that it does not know",
      { signatures: { v1: { algorithm: "hmac-sha265" } } },
      /\/signatures\/v1\/algorithm must be .*; the nearest is hmac-sha256/,
    ],
    [
      "a header in upper case",
      { headers: { "X-Signature": "1" } },
      /\/headers: the name X-Signature must match .*; the nearest is x-signature/,
    ],
    ["a member near another", { titel: "a" }, /\(titel; the nearest is title\)/],
    ["a header with a line break", { headers: { "x-a": "a\nb" } }, /\/headers\/x-a/],
    ["a header of the framing", { headers: { "content-length": "1" } }, /content-length is the/],
    [
      "a signature with a line break",
      { signatures: { v1: { form: "\r\n{signature}" } } },
      /\/signatures\/v1\/form/,
    ],
    ["a name that is not the file's", { name: "another" }, /another is not the file's name/],
    ["what only compiling shows", { body: "{event.tpye}" }, /event\.tpye/],
  ])("is rejected for %s", async (_name, change, message) => {
    await write({ ...good, ...change });
    expect(() => loadContracts(folder)).toThrow(PosthornError);
    expect(() => loadContracts(folder)).toThrow(message);
  });

  test("adds to the shipped contracts, and cannot replace one", async () => {
    await write(good);
    expect([...loadAllContracts(folder).folder.keys()]).toEqual(["mine"]);
    expect(loadAllContracts(null).folder.size).toBe(0);
    await write({ ...good, name: "cda" }, "cda.json");
    expect(() => loadAllContracts(folder)).toThrow("a shipped contract is named cda");
  });

  test("must exist", () => {
    const missing = path.join(folder, "missing");
    expect(() => loadAllContracts(missing)).toThrow(
      expect.objectContaining({
        code: "PH_CONTRACTS_DIR",
        message: expect.stringMatching(/missing/),
      }),
    );
  });

  test("is rejected for a file that is not JSON", async () => {
    await write("{");
    expect(() => loadContracts(folder)).toThrow("mine.json cannot be used: it is not JSON");
  });
});
