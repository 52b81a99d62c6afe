import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { parseOrgId } from "../model/org-id.ts";
import { orgOfApp, SvixAliases } from "./svix-aliases.ts";

function aliasesOf(orgId: string | null, endpointId: string | null = null) {
  let [nowMs, queries] = [0, 0];
  const query = async () => {
    queries += 1;
    return { rows: orgId === null ? [] : [{ org_id: orgId, endpoint_id: endpointId }] };
  };
  const clock = { monotonicMs: () => nowMs };
  const aliases = new SvixAliases({ query } as never, clock);
  return {
    aliases,
    queries: () => queries,
    wait: (ms: number): void => {
      nowMs += ms;
    },
  };
}

const { id } = parseOrgId("cus_1");

test("an alias is read once in svixAliasMs", async () => {
  const { aliases, queries, wait } = aliasesOf(id);
  await aliases.find("app_1");
  wait(limits.svixAliasMs - 1);
  expect(await aliases.find("app_1")).toEqual({ orgId: id, endpointId: null });
  expect(queries()).toBe(1);
  wait(2);
  await aliases.find("app_1");
  expect(queries()).toBe(2);
});

test("at most svixAliasesMax aliases are kept", async () => {
  const { aliases, queries } = aliasesOf(id);
  for (let count = 0; count <= limits.svixAliasesMax; count += 1)
    await aliases.find(`app_${count}`);
  const before = queries();
  await aliases.find(`app_${limits.svixAliasesMax}`);
  expect(queries()).toBe(before);
  await aliases.find("app_0");
  expect(queries()).toBe(before + 1);
});

test("an endpoint's id is read each time, because it may be imported again", async () => {
  const { aliases, queries } = aliasesOf(id, "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77");
  await aliases.find("ep_1");
  await aliases.find("ep_1");
  expect(queries()).toBe(2);
});

test("an id without an alias is read again, because an import may add it", async () => {
  const { aliases, queries } = aliasesOf(null);
  expect([await aliases.find("app_1"), await aliases.find("app_1")]).toEqual([null, null]);
  expect(queries()).toBe(2);
});

test("a uid and an id without an alias name the org of their text, without a query for a uid", async () => {
  const { aliases, queries } = aliasesOf(null);
  expect(await orgOfApp(aliases, "cus_1")).toEqual(parseOrgId("cus_1"));
  expect(queries()).toBe(0);
  expect(await orgOfApp(aliases, "app_other")).toEqual(parseOrgId("app_other"));
  expect(await orgOfApp(aliases, "")).toBeNull();
});
