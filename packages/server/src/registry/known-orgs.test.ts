/** A node remembers which orgs exist. */
import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import { KnownOrgs } from "./known-orgs.ts";

const id = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77";

test("an org is looked up again after the limit, and an unknown one each time", async () => {
  let nowMs = 0;
  let rows: readonly object[] = [];
  let count = 0;
  const query = () => {
    count += 1;
    return Promise.resolve({ rows });
  };
  const database = { query } as unknown as Queryable;
  const orgs = new KnownOrgs(database, { monotonicMs: () => nowMs });
  expect([await orgs.find(id), await orgs.find(id), count]).toEqual([null, null, 2]);
  rows = [{ external_id: "acme" }];
  const org = { id, externalId: "acme" };
  expect(await orgs.find(id)).toEqual(org);
  nowMs = limits.knownOrgMs - 1;
  expect([orgs.remembered(id), await orgs.find(id), count]).toEqual([org, org, 3]);
  nowMs = limits.knownOrgMs;
  expect([orgs.remembered(id), await orgs.find(id), count]).toEqual([undefined, org, 4]);
  orgs.forget(id);
  expect(orgs.remembered(id)).toBeUndefined();
});
