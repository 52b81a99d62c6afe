/** Applications through the official JavaScript library. */
import { Ordering } from "svix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { placesOf, rawRequest, refusal, startSvixService, type SvixService } from "./client.ts";

let service: SvixService;
beforeAll(async () => {
  service = await startSvixService();
});
afterAll(() => service.posthorn.close());

test("an application is created, found by its id and its uid, changed and deleted", async () => {
  const { svix } = service;
  const created = await svix.application.create({
    name: "Acme",
    uid: "acme",
    metadata: { plan: "gold" },
  });
  expect(created.id).toMatch(/^app_[0-9A-Za-z]{27}$/);
  expect(created).toMatchObject({ name: "Acme", uid: "acme", metadata: { plan: "gold" } });
  expect(Math.abs(Date.now() - created.createdAt.getTime())).toBeLessThan(600_000);
  expect(await svix.application.get(created.id)).toEqual(created);
  expect(await svix.application.get("acme")).toEqual(created);

  const patched = await svix.application.patch("acme", { name: "Acme Ltd" });
  expect(patched).toMatchObject({ name: "Acme Ltd", metadata: { plan: "gold" } });
  const updated = await svix.application.update(created.id, { name: "Acme Inc" });
  expect(updated).toMatchObject({ id: created.id, uid: "acme", name: "Acme Inc", metadata: {} });

  await svix.application.delete("acme");
  expect(await refusal(svix.application.get(created.id))).toEqual({
    code: 404,
    body: { code: "not_found", detail: "Entity not found" },
  });
});

test("an application needs no uid, and the org is the same in Posthorn's own API", async () => {
  const { svix, posthorn } = service;
  const created = await svix.application.create({ name: "Without" });
  expect(created.uid).toBeUndefined();
  const named = await svix.application.create({ name: "Named", uid: "org-of-rest" });
  const { row } = await posthorn.api.get("/rest/v1/webhook_orgs?id=eq.org-of-rest");
  expect(row).toMatchObject({ id: "org-of-rest", name: "Named" });
  const { row: other } = await posthorn.api.post(
    "/rest/v1/webhook_orgs",
    { id: "of-rest" },
    {
      prefer: "return=representation",
    },
  );
  expect(other.id).toBe("of-rest");
  expect(await svix.application.get("of-rest")).toMatchObject({ uid: "of-rest" });
  expect(named.id).not.toBe(created.id);
});

test("a taken uid is a conflict, except for getOrCreate", async () => {
  const { svix } = service;
  const first = await svix.application.create({ name: "One", uid: "taken" });
  const second = await refusal(svix.application.create({ name: "Two", uid: "taken" }));
  expect([second.code, second.body.code]).toEqual([409, "conflict"]);
  expect(await svix.application.getOrCreate({ name: "Two", uid: "taken" })).toEqual(first);
  const made = await svix.application.getOrCreate({ name: "Three", uid: "not-taken" });
  expect(made.name).toBe("Three");
});

test("PUT on an unknown uid creates one application with that uid", async () => {
  const { svix } = service;
  const first = await svix.application.update("put-uid", { name: "First" });
  const second = await svix.application.update("put-uid", { name: "Second" });
  expect([first.uid, second.id, second.name]).toEqual(["put-uid", first.id, "Second"]);
  const unknown = "app_2dPzjQHYlQxkbqUTnHNoD6SqjJk";
  expect((await refusal(svix.application.update(unknown, { name: "X" }))).code).toBe(404);
});

test("a repeated request with the same idempotency key changes nothing", async () => {
  const { svix } = service;
  const options = { idempotencyKey: "create-once" };
  const [one, two] = await Promise.all([
    svix.application.create({ name: "Once" }, options),
    svix.application.create({ name: "Once" }, options),
  ]);
  const three = await svix.application.create({ name: "Other" }, options);
  expect([two, three]).toEqual([one, one]);
  const fourth = await svix.application.create({ name: "Once" });
  expect(fourth.id).not.toBe(one.id);
});

test("every page of the list can be read in both orders, and backwards", async () => {
  const { svix } = service;
  for (let n = 0; n < 5; n += 1) await svix.application.create({ name: `Page ${n}` });
  const all = await svix.application.list({ limit: limits.svixPageMax });
  expect(all.done).toBe(true);
  const ids = all.data.map(({ id }) => id);
  for (const order of [Ordering.Ascending, Ordering.Descending]) {
    const seen: string[] = [];
    let iterator: string | undefined;
    for (;;) {
      const page = await svix.application.list({
        limit: 3,
        order,
        ...(iterator === undefined ? {} : { iterator }),
      });
      seen.push(...page.data.map(({ id }) => id));
      iterator = page.iterator ?? undefined;
      if (!page.done) continue;
      const before = await svix.application.list({
        limit: 2,
        order,
        iterator: page.prevIterator ?? "",
      });
      const at = seen.length - page.data.length;
      expect(before.data.map(({ id }) => id)).toEqual(seen.slice(at - 2, at));
      break;
    }
    expect(seen).toEqual(order === Ordering.Ascending ? ids : ids.toReversed());
  }
  // The id alone is an iterator as well.
  const second = await svix.application.list({ limit: 1, iterator: ids[0] as string });
  expect(second.data.map(({ id }) => id)).toEqual([ids[1]]);
});

describe("what is not valid", () => {
  test("is refused with the place of each problem", async () => {
    const { svix } = service;
    const create = (body: object): Promise<unknown> =>
      svix.application.create(body as { name: string });
    expect(placesOf(await refusal(create({})))).toEqual(["body.name"]);
    expect(placesOf(await refusal(create({ name: "" })))).toEqual(["body.name"]);
    const bad = await refusal(create({ name: 5, uid: "a b", metadata: { a: 1 } }));
    expect(placesOf(bad).toSorted()).toEqual(["body.metadata", "body.name", "body.uid"]);
    expect(placesOf(await refusal(create({ name: "A", uid: "app_x" })))).toEqual(["body.uid"]);
    expect(placesOf(await refusal(create({ name: "A", throttleRate: 5 })))).toEqual([
      "body.throttleRate",
    ]);
    const long = "x".repeat(limits.metadataBytesMax - '{"a":""}'.length);
    const fits = await svix.application.create({ name: "A", metadata: { a: long } });
    expect(fits.metadata["a"]).toBe(long);
    const metadata = { a: `${long}x` };
    expect(placesOf(await refusal(create({ name: "A", metadata })))).toEqual(["body.metadata"]);
    await svix.application.create({ name: "A", uid: "fixed" });
    const moved = await refusal(svix.application.patch("fixed", { uid: "moved" }));
    expect(placesOf(moved)).toEqual(["body.uid"]);
    const list = svix.application.list({ limit: limits.svixPageMax + 1 });
    expect(placesOf(await refusal(list))).toEqual(["query.limit"]);
    expect(placesOf(await refusal(svix.application.list({ iterator: "app_x" })))).toEqual([
      "query.iterator",
    ]);
  });

  test("and what Posthorn does not know is refused, not ignored", async () => {
    const post = (body: string) => rawRequest(service, "POST", "/api/v1/app", { body });
    expect((await post('{"name":"A","color":"red"}')).json).toEqual({
      detail: [
        {
          loc: ["body", "color"],
          msg: "Posthorn does not know this field",
          type: "value_error.extra",
        },
      ],
    });
    const { status, json } = await post("{");
    expect([status, json]).toMatchObject([422, { detail: [{ type: "value_error.jsondecode" }] }]);
    const asked = await rawRequest(service, "GET", "/api/v1/app?color=red");
    expect(asked.status).toBe(422);
    const key = "k".repeat(limits.idempotencyKeyCharsMax + 1);
    const headers = { "idempotency-key": key };
    const body = '{"name":"A"}';
    expect((await rawRequest(service, "POST", "/api/v1/app", { body, headers })).status).toBe(422);
  });
});
