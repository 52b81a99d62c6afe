import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { operationalEventTypes } from "../model/operational-event.ts";
import { contractWithoutPresets, presetNames } from "../model/preset.ts";
import { catalogueValidator, loadCatalogue, type EventTypeDocument } from "./catalogue.ts";
import { packageFolder } from "./documents.ts";
import { loadContracts } from "./load.ts";

const packaged = loadCatalogue();
const operational = packaged.get("posthorn") ?? [];
/**
 * Contains only the platforms' event types, because operational events are in no public document.
 */
const catalogue = presetNames.toSorted().flatMap((name) => packaged.get(name) ?? []);

function named(name: string): EventTypeDocument {
  const found = catalogue.find((eventType) => eventType.name === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

/** The check is stricter than at run time: a misspelt keyword in a packaged schema is an error. */
function fits({ schema }: EventTypeDocument, data: unknown): boolean {
  const compiler = new Ajv2020({ strict: true });
  addFormats.default(compiler);
  return compiler.compile(schema)(data);
}

describe("the packaged catalogue", () => {
  test("has the types of the operational events, with examples that fit strictly", () => {
    expect(operational.map(({ name }) => name)).toEqual([...operationalEventTypes]);
    expect(operational.map((type) => fits(type, type.example))).toEqual([true, true]);
  });

  test("fits its schema, which a start does not check", async () => {
    const folder = packageFolder("catalogue");
    const validate = catalogueValidator();
    for (const name of packaged.keys()) {
      const text = await readFile(path.join(folder, `${name}.json`), "utf8");
      validate(JSON.parse(text));
      expect([name, validate.errors]).toEqual([name, null]);
    }
  });

  test("has one file for each preset, whose contract has the same name", () => {
    expect([...packaged.keys()].toSorted()).toEqual([...presetNames, "posthorn"].toSorted());
    expect([...loadContracts().keys()]).toEqual(
      expect.arrayContaining([...presetNames, contractWithoutPresets]),
    );
  });

  test("has every event type of the platforms' pages, as they describe it", () => {
    const described = catalogue.map(({ name, description }) => [name, description]);
    expect(described).toEqual([
      ["person.created", "A person was created"],
      [
        "payroll.status.updated",
        "The status of a payroll changed; GET /payrolls/{payrollId} has the latest",
      ],
      ["scan.completed", "A recon scan finished processing"],
      ["scan.claimed", "A user claimed scan results"],
      ["mission.assigned", "A mission was assigned to a user"],
      ["mission.completed", "A mission was marked complete"],
      ["mission.rated", "A C2 rating was submitted for a mission"],
      ["enrollment.created", "A user enrolled in an Institute course"],
      ["enrollment.completed", "A user completed a course"],
      ["certification.earned", "A user earned a certification"],
      ["payout.finalized", "A quarterly payout was finalized"],
      ["alert.breach", "A Shield breach alert was triggered"],
    ]);
  });

  test.each(catalogue)("has an example of $name that fits its schema", (eventType) => {
    expect(fits(eventType, eventType.example)).toBe(true);
  });

  test.each(catalogue)("lets $name have unknown members", (eventType) => {
    const data = { ...(eventType.example as object), of_a_later_version: [1] };
    expect(fits(eventType, data)).toBe(true);
  });

  test("requires a member only if the page shows it", () => {
    const demanding = catalogue.filter((eventType) => "required" in eventType.schema);
    expect(demanding.map((eventType) => eventType.name)).toEqual(["scan.completed"]);
  });

  test("has the page's data of scan.completed, and accepts it as printed there", () => {
    const printed = {
      scan_id: "uuid",
      target_domain: "example.com",
      score_overall: 72,
      status: "completed",
    };
    const eventType = named("scan.completed");
    expect(eventType.example).toEqual({
      ...printed,
      scan_id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    });
    expect(Object.keys(eventType.example as object)).toEqual(Object.keys(printed));
    expect(fits(eventType, printed)).toBe(true);
  });
});

describe("a folder of catalogues", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "posthorn-catalogue-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const eventType = {
    name: "a.b",
    description: "Something",
    schema: { type: "object", required: ["id"] },
    example: { id: 1 },
  };

  async function write(file: string, ...eventTypes: readonly object[]): Promise<void> {
    await writeFile(path.join(folder, file), JSON.stringify({ title: "Mine", eventTypes }));
  }

  test("contains the event types of all its files", async () => {
    await write("b.json", { ...eventType, name: "b" });
    await write("a.json", eventType, { ...eventType, name: "a-c" });
    const names = [...loadCatalogue(folder)].map(([file, types]) => [
      file,
      types.map(({ name }) => name),
    ]);
    expect(names).toEqual([
      ["a", ["a.b", "a-c"]],
      ["b", ["b"]],
    ]);
  });

  test.each<[string, object, RegExp]>([
    ["an unknown member", { schemas: {} }, /a\.json.*\(schemas; the nearest is schema\)/],
    ["a name with two spaces", { name: "a  b" }, /\/eventTypes\/0\/name/],
    ["an example that does not fit", { example: {} }, /example of a\.b .*required property 'id'/],
    ["a schema that is none", { schema: { type: "objekt" } }, /JSON Schema cannot be used/],
  ])("is rejected for %s", async (_name, change, message) => {
    await write("a.json", { ...eventType, ...change });
    expect(() => loadCatalogue(folder)).toThrow(PosthornError);
    expect(() => loadCatalogue(folder)).toThrow(message);
  });

  test("is rejected for a duplicate name", async () => {
    await write("a.json", eventType);
    await write("b.json", eventType);
    expect(() => loadCatalogue(folder)).toThrow(/b\.json.*a\.b is in the catalogue twice/);
  });
});
