import { expect, test } from "vitest";
import { compileContract } from "../../contracts/render.ts";
import { document, event, secret } from "../../contracts/testing/rendering.ts";
import { createRebuildRequest, type SentFacts } from "./rebuild-request.ts";

function facts(atMs: number): SentFacts {
  const orgId = "0195bc6c-5d00-7000-8000-0000000000f0";
  return {
    attemptId: "0195bc6c-5d00-7000-8abc-123456789a01",
    atMs,
    signedAfterMs: 0,
    error: null,
    contractVersion: 17,
    event: { ...event, orgId },
    endpoint: {
      id: "0195bc6c-5d00-7000-8000-0000000000e0",
      orgId,
      destination: "http",
      url: "https://example.com/",
      isActive: true,
      contract: "cda",
      headers: {},
      inFlightMax: 1,
      ratePerSecond: null,
      version: 1,
      secrets: [{ name: null, secret, expiresAtMs: null, switchAtMs: null }],
    },
  };
}

test.each([
  ["as it was, if the platform still has its keys", true],
  ["and says so, if the platform has replaced a key since", false],
])("a request is shown by the version that its attempt names, %s", async (_name, hasKeys) => {
  const asked: number[] = [];
  const rebuild = createRebuildRequest({
    store: { find: () => Promise.resolve(facts(1_000)) },
    contractVersion(id) {
      asked.push(id);
      const contract = compileContract(document(), undefined, { id, senderVersion: "0.1.2" });
      return Promise.resolve({ contract, hasKeysOf: () => hasKeys });
    },
    wireHeaders: (_url, { headers }) => headers,
    terminalHeaders: (headers) => headers,
  });
  const sent = await rebuild("id", null);
  expect(asked).toEqual([17]);
  expect(sent?.is_exact).toBe(hasKeys);
  expect(sent?.note ?? null).toEqual(hasKeys ? null : expect.stringContaining("changed after"));
  expect(sent?.body).toContain('"event":"scan.completed"');
  expect(sent?.headers).toContainEqual({ name: "user-agent", value: "Posthorn/0.1.2" });
});

test("a request by a version that is missing is unknown", async () => {
  const rebuild = createRebuildRequest({
    store: { find: () => Promise.resolve({ ...facts(1_000), contractVersion: null }) },
    contractVersion: () => Promise.reject(new Error("It must not be asked for.")),
    wireHeaders: (_url, { headers }) => headers,
    terminalHeaders: (headers) => headers,
  });
  const sent = await rebuild("id", null);
  expect(sent).toMatchObject({ is_exact: false, body: null });
  expect(sent?.note).toContain("version of the contract cda is not known");
});

test("a request that was signed later than its attempt started is shown with that time", async () => {
  const contract = compileContract({
    ...document(),
    headers: { "x-at": "{attempt.timestamp_ms}", "x-signature": "{signature.a}" },
    signatures: { a: {} },
  });
  const rebuild = createRebuildRequest({
    store: { find: () => Promise.resolve({ ...facts(1_000), signedAfterMs: 2_500 }) },
    contractVersion: () => Promise.resolve({ contract, hasKeysOf: () => true }),
    wireHeaders: (_url, { headers }) => headers,
    terminalHeaders: (headers) => headers,
  });
  const sent = await rebuild("id", null);
  expect(sent?.headers).toContainEqual({ name: "x-at", value: String(3_500) });
});
