/** Event types through the official JavaScript library. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { clientWith, placesOf, refusal, startSvixService, type SvixService } from "./client.ts";

let service: SvixService;
beforeAll(async () => {
  service = await startSvixService({ POSTHORN_PRESETS: "none" });
});
afterAll(() => service.posthorn.close());

const schema = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer" } },
  examples: [{ id: 1 }, { id: 2 }],
};

test("a type is created, changed, archived, created again and deleted", async () => {
  const { svix } = service;
  const created = await svix.eventType.create({
    name: "user.created",
    description: "A user",
    schemas: { "1": schema },
    groupName: "user",
  });
  expect(created).toMatchObject({
    groupName: "user",
    name: "user.created",
    description: "A user",
    archived: false,
    deprecated: false,
    schemas: { "1": schema },
  });
  expect(await svix.eventType.get("user.created")).toEqual(created);
  const again = await refusal(
    svix.eventType.create({ name: "user.created", description: "Again" }),
  );
  expect([again.code, again.body.code]).toEqual([409, "event_type_exists"]);

  const patched = await svix.eventType.patch("user.created", { deprecated: true });
  expect(patched).toMatchObject({
    deprecated: true,
    description: "A user",
    schemas: { "1": schema },
  });
  const updated = await svix.eventType.update("user.created", { description: "Replaced" });
  expect(updated).toMatchObject({ deprecated: false, schemas: null, description: "Replaced" });

  await svix.eventType.delete("user.created");
  expect((await svix.eventType.get("user.created")).archived).toBe(true);
  const names = async (includeArchived: boolean): Promise<readonly string[]> =>
    (await svix.eventType.list({ includeArchived })).data.map(({ name }) => name);
  expect(await names(false)).not.toContain("user.created");
  expect(await names(true)).toContain("user.created");
  const restored = await svix.eventType.create({ name: "user.created", description: "Back" });
  expect(restored).toMatchObject({ archived: false, description: "Back" });
  await svix.eventType.delete("user.created", { expunge: true });
  expect((await refusal(svix.eventType.get("user.created"))).code).toBe(404);
  expect((await svix.eventType.update("user.created", { description: "New" })).name).toBe(
    "user.created",
  );
  const missing = await refusal(svix.eventType.patch("user.unknown", { description: "X" }));
  expect(missing.code).toBe(404);
});

test("lists have pages by name, and contain schemas only if asked", async () => {
  const { svix } = service;
  for (const name of ["list.c", "list.A", "list.b"]) {
    await svix.eventType.create({ name, description: name, schemas: { "1": schema } });
  }
  const first = await svix.eventType.list({ limit: 2, iterator: "list." });
  expect(first.data.map(({ name }) => name)).toEqual(["list.A", "list.b"]);
  expect([first.iterator, first.prevIterator, first.done]).toEqual(["list.b", "-list.A", false]);
  expect(first.data[0]?.schemas).toBeNull();
  const next = await svix.eventType.list({ limit: 1, iterator: "list.b", withContent: true });
  expect(next.data).toMatchObject([{ name: "list.c", schemas: { "1": schema } }]);
  const before = await svix.eventType.list({ limit: 1, iterator: "-list.b" });
  expect(before.data.map(({ name }) => name)).toEqual(["list.A"]);
});

test("a schema is shown, but does not reject a message", async () => {
  const { svix } = service;
  await svix.eventType.create({
    name: "checked.type",
    description: "Checked",
    schemas: { "1": schema, "2": { type: "object" } },
  });
  const app = await svix.application.create({ name: "Checks" });
  const sent = await svix.message.create(app.id, {
    eventType: "checked.type",
    payload: { id: "no integer" },
  });
  expect(sent.id).toMatch(/^msg_/);
});

test("an application's token sees types without a flag, and those with one of its flags", async () => {
  const { svix, posthorn } = service;
  const app = await svix.application.create({ name: "Flags" });
  const flags = (featureFlag: string) => ({ description: "Flagged", featureFlag });
  await svix.eventType.create({ name: "flag.beta", ...flags("beta") });
  await svix.eventType.create({ name: "flag.alpha", ...flags("alpha") });
  const { token } = await svix.authentication.appPortalAccess(app.id, { featureFlags: ["beta"] });
  const customer = clientWith(posthorn, token);
  const names = (await customer.eventType.list({ limit: limits.svixPageMax })).data.map(
    ({ name }) => name,
  );
  expect(names).toContain("flag.beta");
  expect(names).not.toContain("flag.alpha");
  expect((await refusal(customer.eventType.get("flag.alpha"))).code).toBe(404);
  expect((await svix.eventType.get("flag.alpha")).featureFlag).toBe("alpha");
});

test("what is not valid is refused with its place", async () => {
  const { svix } = service;
  const create = (body: object): Promise<unknown> =>
    svix.eventType.create(body as { name: string; description: string });
  const name = "valid.name";
  const description = "";
  expect(placesOf(await refusal(create({})))).toEqual(["body.name", "body.description"]);
  expect(placesOf(await refusal(create({ name: "a b", description })))).toEqual(["body.name"]);
  const broken = { "1": { type: "no type" } };
  expect(placesOf(await refusal(create({ name, description, schemas: broken })))).toEqual([
    "body.schemas",
  ]);
  const flags = Array.from({ length: limits.svixFeatureFlagsMax + 1 }, (_, n) => `flag-${n}`);
  const all = flags.slice(1);
  await create({ name: "flags.most", description, featureFlags: all });
  expect(await refusal(create({ name, description, featureFlags: flags }))).toMatchObject({
    code: 422,
  });
});
