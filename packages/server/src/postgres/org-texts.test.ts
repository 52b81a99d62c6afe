import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { parseOrgId } from "../model/org-id.ts";
import { OrgTexts } from "./org-texts.ts";
import type { Queryable } from "./pool.ts";

/** Orgs that a query finds, and how many ids were looked up. */
function textsOf(texts: readonly string[]) {
  const known = new Map(texts.map((text) => [parseOrgId(text).id, text]));
  const asked: string[][] = [];
  const query = ({ values: [ids] }: { values: [string[]] }) => {
    asked.push(ids);
    const found = ids.filter((id) => known.has(id));
    return Promise.resolve({ rows: found.map((id) => ({ id, external_id: known.get(id) })) });
  };
  return { orgTexts: new OrgTexts({ query } as unknown as Queryable), asked };
}

test("looks up each text once, and no UUID of the platform", async () => {
  const { orgTexts, asked } = textsOf(["a", "b"]);
  const [a, b, unknown] = ["a", "b", "c"].map((text) => parseOrgId(text).id) as [
    string,
    string,
    string,
  ];
  const uuid = "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11";
  expect(orgTexts.of([uuid])).toEqual(new Map());
  expect(await orgTexts.of([a, uuid])).toEqual(new Map([[a, "a"]]));
  expect(await orgTexts.of([a, b, unknown])).toEqual(
    new Map([
      [a, "a"],
      [b, "b"],
    ]),
  );
  expect(orgTexts.of([b])).toEqual(new Map([[b, "b"]]));
  expect(asked).toEqual([[a], [b, unknown]]);
});

test("forgets texts instead of keeping more than the limit", async () => {
  const texts = Array.from({ length: limits.orgTextsCachedMax }, (_, index) => `org ${index}`);
  const { orgTexts, asked } = textsOf(["first", ...texts]);
  const first = parseOrgId("first").id;
  await orgTexts.of([first]);
  const known = await orgTexts.of(texts.map((text) => parseOrgId(text).id));
  expect(known.size).toBe(limits.orgTextsCachedMax);
  expect(await orgTexts.of([first])).toEqual(new Map([[first, "first"]]));
  expect(asked).toHaveLength(3);
});
