/** Supabase's unmodified client against the whole service: insert, upsert, update, delete. */
import { PostgrestClient } from "@supabase/postgrest-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let client: PostgrestClient;
/** The id of an org with three endpoints. */
let orgId: string;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  client = new PostgrestClient(`${posthorn.service.url}/rest/v1`, {
    headers: { apikey: adminKey },
  });
  orgId = posthorn.newOrg();
  for (const description of ["one", "two", "three"]) {
    await subscribe(posthorn, receiver.url, { org_id: orgId, description });
  }
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

const newEndpoint = (org: string = posthorn.newOrg()) => ({ org_id: org, url: receiver.url });

/** Reads the descriptions of the org's endpoints. */
async function descriptions(): Promise<readonly unknown[]> {
  const { data } = await client
    .from("webhook_endpoints")
    .select("description")
    .eq("org_id", orgId)
    .order("id");
  return data?.map((row) => row.description as unknown) ?? [];
}

/**
 * Calls `maxAffected`. The client's types hide this method unless the database type declares a
 * PostgREST version.
 */
function atMost<Builder>(builder: Builder, rows: number): Builder {
  return (builder as { maxAffected(rows: number): Builder }).maxAffected(rows);
}

describe("insert", () => {
  test("of an endpoint returns the created object, including its secret", async () => {
    const { data, status } = await client.from("webhook_endpoints").insert(newEndpoint());
    const created = data as unknown as Row;
    expect(status).toBe(201);
    expect(created).toMatchObject({ url: `${receiver.url}/`, is_active: true });
    expect(created["secret"]).toMatch(/^whsec_/);
    const again = await client.from("webhook_endpoints").select("*").eq("id", created.id).single();
    expect(again.data).not.toHaveProperty("secret");
  });

  test("of an event without select returns nothing", async () => {
    const event = { org_id: orgId, event_type: "scan.claimed", data: { scan_id: "s" } };
    const { data, error, status } = await client.from("webhook_events").insert(event);
    expect([data, error, status]).toEqual([null, null, 201]);
  });

  test("with select and single returns only the requested columns of the row", async () => {
    const { data, error } = await client
      .from("webhook_endpoints")
      .insert(newEndpoint())
      .select("id,secret,kind:contract")
      .single();
    expect(error).toBeNull();
    expect(Object.keys(data ?? {}).toSorted()).toEqual(["id", "kind", "secret"]);
    const secretOnly = await client
      .from("webhook_endpoints")
      .insert(newEndpoint())
      .select("secret");
    expect(secretOnly.data).toEqual([{ secret: expect.stringMatching(/^whsec_/) as string }]);
  });

  test("of an array returns an array in the same order; rows may have different keys", async () => {
    const org = posthorn.newOrg();
    const { data, error } = await client
      .from("webhook_endpoints")
      .insert([
        { ...newEndpoint(org), description: "one" },
        { ...newEndpoint(org), events: ["scan.completed"] },
      ])
      .select("description,events");
    expect(error).toBeNull();
    expect(data).toEqual([
      { description: "one", events: null },
      { description: "", events: ["scan.completed"] },
    ]);
    const counted = await client
      .from("webhook_endpoints")
      .insert([newEndpoint(org)], { count: "exact", defaultToNull: false });
    expect([counted.error, counted.count]).toEqual([null, 1]);
    const nothing = await client.from("webhook_endpoints").insert([]).select();
    expect([nothing.status, nothing.data]).toEqual([201, []]);
  });

  test("rollback undoes it, and is rejected where that is impossible", async () => {
    const org = posthorn.newOrg();
    const tried = await client
      .from("webhook_endpoints")
      .insert(newEndpoint(org))
      .select("org_id")
      .rollback();
    expect([tried.error, tried.data]).toEqual([null, [{ org_id: org }]]);
    const { data } = await client.from("webhook_endpoints").select().eq("org_id", org);
    expect(data).toEqual([]);
    const event = { org_id: org, event_type: "scan.claimed", data: { scan_id: "s" } };
    const refused = await client.from("webhook_events").insert(event).rollback();
    expect([refused.status, refused.error?.code]).toEqual([400, "PGRST127"]);
    expect((await client.from("webhook_events").select().eq("org_id", org)).data).toEqual([]);
  });
});

describe("upsert", () => {
  test("of event types by name: 201 for a new one, 200 for a change", async () => {
    const upsert = (description: string) =>
      client
        .from("webhook_event_types")
        .upsert({ name: "upserted.type", description }, { onConflict: "name" })
        .select("name,description");
    const first = await upsert("one");
    expect([first.status, first.data]).toEqual([
      201,
      [{ name: "upserted.type", description: "one" }],
    ]);
    const second = await upsert("two");
    expect([second.status, second.data]).toEqual([
      200,
      [{ name: "upserted.type", description: "two" }],
    ]);
  });

  test("of orgs, ignoring existing ones", async () => {
    const [one, two] = [posthorn.newOrg(), posthorn.newOrg()];
    await client.from("webhook_orgs").upsert({ id: one, name: "One" });
    const { data, error, status } = await client
      .from("webhook_orgs")
      .upsert(
        [
          { id: one, name: "changed" },
          { id: two, name: "Two" },
        ],
        { ignoreDuplicates: true },
      )
      .select("id,name");
    expect([error, status, data]).toEqual([null, 201, [{ id: two, name: "Two" }]]);
    const stored = await client.from("webhook_orgs").select("name").eq("id", one).single();
    expect(stored.data).toEqual({ name: "One" });
  });

  test("on another column, or into a table without it, is rejected", async () => {
    const types = client.from("webhook_event_types");
    const wrong = await types.upsert({ name: "x.y" }, { onConflict: "description" });
    expect([wrong.status, wrong.error?.code]).toEqual([400, "42P10"]);
    const events = await client.from("webhook_events").upsert({ org_id: orgId });
    expect(events.error?.code).toBe("PGRST127");
  });
});

describe("update and delete", () => {
  test("update returns nothing, or the changed rows", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const table = () => client.from("webhook_endpoints");
    const plain = await table().update({ description: "new" }).eq("id", endpointId);
    expect([plain.status, plain.data]).toEqual([204, null]);
    const shown = await table()
      .update({ is_active: false }, { count: "exact" })
      .eq("id", endpointId)
      .select("description,is_active");
    expect([shown.status, shown.count, shown.data]).toEqual([
      200,
      1,
      [{ description: "new", is_active: false }],
    ]);
    const none = await table().update({ description: "x" }).eq("id", posthorn.newOrg()).select();
    expect([none.status, none.data]).toEqual([200, []]);
  });

  test("delete returns nothing, or the deleted rows", async () => {
    const org = posthorn.newOrg();
    const one = await subscribe(posthorn, receiver.url, { org_id: org, description: "one" });
    await subscribe(posthorn, receiver.url, { org_id: org, description: "two" });
    const table = () => client.from("webhook_endpoints");
    const shown = await table().delete().eq("id", one.endpointId).select("description").single();
    expect([shown.error, shown.data]).toEqual([null, { description: "one" }]);
    const plain = await table().delete({ count: "exact" }).eq("org_id", org);
    expect([plain.status, plain.count, plain.data]).toEqual([204, 1, null]);
    expect((await table().select().eq("org_id", org)).data).toEqual([]);
  });

  test("without a filter neither changes anything", async () => {
    const update = await client.from("webhook_endpoints").update({ description: "x" });
    expect([update.status, update.error?.code]).toEqual([400, "21000"]);
    const removal = await client.from("webhook_endpoints").delete();
    expect([removal.status, removal.error?.message]).toEqual([
      400,
      "DELETE requires a WHERE clause",
    ]);
    expect(await descriptions()).toEqual(["one", "two", "three"]);
  });

  test("maxAffected rejects more rows, and rollback undoes the change", async () => {
    const mine = () =>
      client.from("webhook_endpoints").update({ description: "x" }).eq("org_id", orgId);
    const refused = await atMost(mine(), 2);
    expect([refused.status, refused.error?.code]).toEqual([400, "PGRST124"]);
    const undone = await atMost(mine(), 3).rollback().select();
    expect(undone.data?.map((row: Row) => row["description"])).toEqual(["x", "x", "x"]);
    const deletion = await client
      .from("webhook_endpoints")
      .delete()
      .eq("org_id", orgId)
      .rollback()
      .select();
    expect(deletion.data).toHaveLength(3);
    expect(await descriptions()).toEqual(["one", "two", "three"]);
  });
});
