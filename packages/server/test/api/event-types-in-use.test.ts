/**
 * An event type cannot be deleted while endpoints use it, so no endpoint names a deleted type.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { subscribe } from "../support/flow.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

const types = "/rest/v1/webhook_event_types";
const endpoints = "/rest/v1/webhook_endpoints";

let serial = 0;
async function newType(): Promise<string> {
  const name = `in.use${(serial += 1)}`;
  const { status } = await posthorn.api.post(types, { name, description: "A type." });
  expect(status).toBe(201);
  return name;
}
const remove = (name: string) => posthorn.api.request("DELETE", `${types}?name=eq.${name}`);
const endpointNaming = (...names: string[]) =>
  subscribe(posthorn, "http://127.0.0.1:9/", { events: names });
const change = (id: string, values: object) =>
  posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, values, representation);

test("a deletion is rejected, lists the endpoints, and works once none uses the type", async () => {
  const [name, other] = [await newType(), await newType()];
  const { endpointId } = await endpointNaming(name, other);
  const refused = await remove(name);
  expect([refused.status, refused.row["code"]]).toEqual([409, "PH_EVENT_TYPE_IN_USE"]);
  expect(refused.row["message"]).toContain(
    `${name} cannot be deleted because 1 endpoints subscribe`,
  );
  expect(refused.row["details"]).toBe(`Endpoints that name it: ${endpointId}.`);
  expect((await posthorn.api.get(`${types}?name=eq.${name}`)).rows).toHaveLength(1);

  const hinted = /GET (\S+)/.exec(String(refused.row["hint"]))?.[1] ?? "";
  expect((await posthorn.api.get(hinted)).rows.map(({ id }) => id)).toEqual([endpointId]);
  expect((await change(endpointId, { events: [other] })).status).toBe(200);
  expect((await remove(name)).status).toBe(204);
});

test("deleted endpoints, and those that subscribe to every type, prevent no deletion", async () => {
  const name = await newType();
  const { endpointId } = await endpointNaming(name);
  await subscribe(posthorn, "http://127.0.0.1:9/");
  await posthorn.api.request("DELETE", `${endpoints}?id=eq.${endpointId}`);
  expect((await remove(name)).status).toBe(204);
});

test("if one of several types is in use, none is deleted", async () => {
  const [free, named] = [await newType(), await newType()];
  await endpointNaming(named);
  const both = await posthorn.api.request("DELETE", `${types}?name=in.(${free},${named})`);
  expect(both.status).toBe(409);
  expect((await posthorn.api.get(`${types}?name=in.(${free},${named})`)).rows).toHaveLength(2);
});

test("the error lists some endpoints and counts all", async () => {
  const name = await newType();
  const count = limits.endpointsNamedMax + 1;
  for (let made = 0; made < count; made += 1) await endpointNaming(name);
  const { row } = await remove(name);
  expect(row["message"]).toContain(`${count} endpoints`);
  expect(String(row["details"]).match(/[0-9a-f-]{36}/g)).toHaveLength(limits.endpointsNamedMax);
  expect(row["details"]).toMatch(/ and 1 more\.$/);
});

test("a concurrent deletion never leaves a new endpoint with a deleted type", async () => {
  for (let round = 0; round < 20; round += 1) {
    const name = await newType();
    const body = { org_id: posthorn.newOrg(), url: "http://127.0.0.1:9/", events: [name] };
    const [created, deleted] = await Promise.all([
      posthorn.api.post(endpoints, body),
      remove(name),
    ]);
    expect([[201, 409].join(), [400, 204].join()]).toContain(
      [created.status, deleted.status].join(),
    );
  }
});

test("an endpoint that still names a deleted type can be saved", async () => {
  const [gone, kept] = [await newType(), await newType()];
  const { endpointId } = await endpointNaming(gone);
  await posthorn.service.pool.query("delete from posthorn.event_types where name = $1", [gone]);
  const whole = (await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`)).row;
  const saved = await change(endpointId, { events: whole["events"], description: "saved" });
  expect([saved.status, saved.row["description"]]).toEqual([200, "saved"]);
  expect((await change(endpointId, { events: [gone, kept] })).status).toBe(200);
  const other = await endpointNaming(kept);
  const refused = await change(other.endpointId, { events: [gone] });
  expect([refused.status, refused.row["code"]]).toEqual([400, "PH_EVENT_TYPE_UNKNOWN"]);
});
