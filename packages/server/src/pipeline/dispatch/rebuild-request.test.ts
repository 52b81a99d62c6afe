import { expect, test } from "vitest";
import { compileContract } from "../../contracts/render.ts";
import { document, event, secret } from "../../contracts/testing/rendering.ts";
import { createRebuildRequest, type SentFacts } from "./rebuild-request.ts";

const changedMs = 1_000_000;

function facts(atMs: number): SentFacts {
  const orgId = "0195bc6c-5d00-7000-8000-0000000000f0";
  return {
    attemptId: "0195bc6c-5d00-7000-8abc-123456789a01",
    atMs,
    signedAfterMs: 0,
    error: null,
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
  [changedMs - 1, false],
  [changedMs, true],
])("a request of %d ms is exact after the contract's last change only: %s", async (atMs, exact) => {
  const rebuild = createRebuildRequest({
    store: { find: () => Promise.resolve(facts(atMs)) },
    contracts: new Map([["cda", compileContract(document())]]),
    contractsSinceMs: new Map([["cda", changedMs]]),
    wireHeaders: (_url, { headers }) => headers,
    terminalHeaders: (headers) => headers,
  });
  const sent = await rebuild("id", null);
  expect(sent?.is_exact).toBe(exact);
  expect(sent?.note ?? null).toEqual(exact ? null : expect.stringContaining("changed after"));
  expect(sent?.body).toContain('"event":"scan.completed"');
});

test("a request that was signed later than its attempt started is shown with that time", async () => {
  const contract = compileContract({
    ...document(),
    headers: { "x-at": "{attempt.timestamp_ms}", "x-signature": "{signature.a}" },
    signatures: { a: {} },
  });
  const rebuild = createRebuildRequest({
    store: { find: () => Promise.resolve({ ...facts(changedMs), signedAfterMs: 2_500 }) },
    contracts: new Map([["cda", contract]]),
    contractsSinceMs: new Map([["cda", changedMs]]),
    wireHeaders: (_url, { headers }) => headers,
    terminalHeaders: (headers) => headers,
  });
  const sent = await rebuild("id", null);
  expect(sent?.headers).toContainEqual({ name: "x-at", value: String(changedMs + 2_500) });
});
