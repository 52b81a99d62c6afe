/** Which contracts an org's endpoints may use, and the default of its new endpoints. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startSvixService, type SvixService } from "../svix/client.ts";
import { ownContract } from "../support/contracts.ts";
import { representation, type Api, type Row, type TestService } from "../support/service.ts";

let svix: SvixService;
let posthorn: TestService;
beforeAll(async () => {
  svix = await startSvixService();
  ({ posthorn } = svix);
});
afterAll(() => posthorn.close());

const url = "https://example.com/webhooks";
const endpoints = "/rest/v1/webhook_endpoints";
const orgs = "/rest/v1/webhook_orgs";

async function orgWith(contracts: readonly string[] | null): Promise<string> {
  const id = `cus_${randomUUID()}`;
  const { status, text } = await posthorn.api.post(orgs, { id, contracts });
  if (status !== 201) throw new Error(text);
  return id;
}

const offer = (orgId: string, contracts: unknown) =>
  posthorn.api.request("PATCH", `${orgs}?id=eq.${orgId}`, { contracts });

async function keyOf(orgId: string): Promise<Api> {
  const fields = { org_id: orgId, name: "own", role: "manage" };
  const { row } = await posthorn.api.post("/rest/v1/api_keys", fields, representation);
  return posthorn.apiWith(String(row["key"]));
}

const add = (api: Api, orgId: string, fields: object = {}) =>
  api.post(endpoints, { org_id: orgId, url, ...fields }, representation);
const namesSeenBy = async (api: Api): Promise<readonly unknown[]> =>
  (await api.get("/rest/v1/webhook_contracts?order=name")).rows.map(({ name }) => name);
const refusal = ({ status, row }: { status: number; row: Row }) => ({
  status,
  code: row["code"],
  hint: row["hint"],
});

describe("an org with a list of contracts", () => {
  test("sees only those, and cannot read their documents in another way", async () => {
    const orgId = await orgWith(["standard", "svix"]);
    const own = await keyOf(orgId);
    expect(await namesSeenBy(own)).toEqual(["standard", "svix"]);
    expect((await own.get("/rest/v1/webhook_contracts?name=eq.cadana")).rows).toEqual([]);
    expect((await own.get("/rest/v1/webhook_contract_versions")).status).toBe(403);
    const preview = await own.post("/rest/v1/rpc/preview_contract", { contract: "cadana" });
    expect(preview.status).toBe(403);
    expect((await namesSeenBy(posthorn.api)).includes("cadana")).toBe(true);
    const free = await orgWith(null);
    const other = await keyOf(free);
    expect(await namesSeenBy(other)).toEqual(await namesSeenBy(posthorn.api));
    expect((await add(other, free, { contract: null })).row["code"]).toBe("PH_CONTRACT_UNKNOWN");
    expect((await add(other, free)).row["contract"]).toBe("cda");
  });

  test("gets the first one for its new endpoints, and may name the others", async () => {
    const orgId = await orgWith(["standard", "svix"]);
    const own = await keyOf(orgId);
    expect((await add(own, orgId)).row["contract"]).toBe("standard");
    expect((await add(own, orgId, { contract: "svix" })).row["contract"]).toBe("svix");
    expect((await add(posthorn.api, orgId)).row["contract"]).toBe("standard");
  });

  test("cannot create an endpoint with another, or change one to it", async () => {
    const orgId = await orgWith(["standard", "svix"]);
    const own = await keyOf(orgId);
    const { row } = await add(own, orgId);
    for (const contract of ["cadana", "no-such", null]) {
      const refused = {
        status: 400,
        code: "PH_CONTRACT_NOT_OFFERED",
        hint: "Use one of: standard, svix.",
      };
      expect(refusal(await add(own, orgId, { contract }))).toEqual(refused);
      const change = () => own.request("PATCH", `${endpoints}?id=eq.${row.id}`, { contract });
      expect(refusal(await change())).toEqual(refused);
      expect(refusal(await add(posthorn.api, orgId, { contract }))).toEqual(refused);
    }
    const changed = await own.request("PATCH", `${endpoints}?id=eq.${row.id}`, {
      contract: "svix",
    });
    expect(changed.status).toBe(204);
  });

  test("keeps the endpoints whose contract is no longer offered", async () => {
    const orgId = await orgWith(["standard", "svix"]);
    const { row } = await add(posthorn.api, orgId, { contract: "svix" });
    expect((await offer(orgId, ["standard"])).status).toBe(204);
    const own = await keyOf(orgId);
    const at = `${endpoints}?id=eq.${row.id}`;
    const same = { contract: "svix", description: "It still works." };
    expect((await own.request("PATCH", at, same)).status).toBe(204);
    expect((await own.request("PATCH", at, { contract: "standard" })).status).toBe(204);
    expect((await own.request("PATCH", at, { contract: "svix" })).row["code"]).toBe(
      "PH_CONTRACT_NOT_OFFERED",
    );
    expect((await offer(orgId, null)).status).toBe(204);
    expect((await own.request("PATCH", at, { contract: "svix" })).status).toBe(204);
  });

  test("gets one of them through Svix's API as well", async () => {
    const contractOf = async (contracts: readonly string[] | null): Promise<unknown> => {
      const orgId = await orgWith(contracts);
      await svix.svix.endpoint.create(orgId, { url });
      return (await posthorn.api.get(`${endpoints}?org_id=eq.${orgId}`)).row["contract"];
    };
    expect(await contractOf(null)).toBe("svix");
    expect(await contractOf(["standard", "svix"])).toBe("svix");
    expect(await contractOf(["standard-raw", "standard"])).toBe("standard-raw");
  });
});

describe("the list", () => {
  test("is the platform's to change, and recorded", async () => {
    const orgId = await orgWith(["standard"]);
    const own = await keyOf(orgId);
    const change = await own.request("PATCH", `${orgs}?id=eq.${orgId}`, { contracts: null });
    expect(change.status).toBe(403);
    await offer(orgId, ["svix"]);
    const entries = `/rest/v1/webhook_audit?subject_id=eq.${orgId}&action=eq.org.updated`;
    expect((await posthorn.api.get(entries)).row["changes"]).toEqual({
      contracts: { from: ["standard"], to: ["svix"] },
    });
  });

  test("has up to the limit of names, all of contracts that exist", async () => {
    const names = Array.from({ length: limits.orgContractsMax }, () => ownContract());
    for (const contract of names) {
      expect((await posthorn.api.post("/rest/v1/webhook_contracts", contract)).status).toBe(201);
    }
    const full = names.map(({ name }) => name);
    const orgId = await orgWith(full);
    for (const wrong of [[...full, "svix"], [], ["svix", "svix"], [null]]) {
      expect((await offer(orgId, wrong)).row["code"]).toBe("PH_FIELD_INVALID");
    }
    const unknown = await offer(orgId, ["svix", "no-such"]);
    expect(unknown.row["code"]).toBe("PH_CONTRACT_UNKNOWN");
    expect(unknown.row["message"]).toContain('"no-such"');
    expect((await posthorn.api.get(`${orgs}?id=eq.${orgId}`)).row["contracts"]).toEqual(full);
  });

  test("keeps its contracts from being deleted", async () => {
    const contract = ownContract();
    const at = `/rest/v1/webhook_contracts?name=eq.${contract.name}`;
    await posthorn.api.post("/rest/v1/webhook_contracts", contract);
    const orgId = await orgWith([contract.name]);
    const refused = await posthorn.api.request("DELETE", at);
    expect(refused.row).toMatchObject({ code: "PH_CONTRACT_IN_USE", details: `Orgs: ${orgId}.` });
    await offer(orgId, ["standard"]);
    expect((await posthorn.api.request("DELETE", at)).status).toBe(204);
  });
});
