/**
 * The parser of the REST dialect and the SQL that it generates: every error is in the catalogue,
 * and user input never becomes SQL text.
 */
import assert from "node:assert/strict";
import type { FastifyRequest } from "fastify";
import fc from "fast-check";
import { PosthornError } from "../../src/errors/catalogue.ts";
import { selectionOf } from "../../src/http/rest/read.ts";
import { parseTableRequest } from "../../src/http/rest/request.ts";
import { countStatement, pageStatement, type Statement } from "../../src/http/rest/sql.ts";
import { acceptHeader, preferHeader, tableQuery, rangeHeader, tables } from "./query-strings.ts";
import type { PureTarget } from "./target.ts";

const orgKey = {
  kind: "key",
  via: "api_key",
  orgId: "11111111-2222-4333-8444-555555555555",
  orgExternalId: null,
  role: "manage",
  keyId: "22222222-2222-4333-8444-555555555555",
} as unknown as Parameters<typeof parseTableRequest>[2];

/** The maximum parsing time, chosen so that other requests do not notice a delay. */
const parseMsMax = 500;

const queryProperty = fc.property(
  tableQuery,
  fc.record({ range: rangeHeader, accept: acceptHeader, prefer: preferHeader }),
  fc.constantFrom("GET", "HEAD", "PATCH", "DELETE"),
  ([name, query], headers, method) => {
    const table = tables.find((each) => each.name === name);
    assert.ok(table !== undefined);
    const request = { method, headers, raw: { url: `/rest/v1/${name}?${query}` } };
    const startedAtMs = performance.now();
    try {
      const parsed = parseTableRequest(request as unknown as FastifyRequest, table, orgKey);
      const selection = selectionOf(parsed);
      for (const make of [pageStatement, countStatement]) checkStatement(make(selection));
    } catch (error) {
      assert.ok(error instanceof PosthornError, `It threw ${String(error)}`);
      assert.ok(error.status >= 400 && error.status < 500, `${error.code} is ${error.status}`);
    }
    assert.ok(performance.now() - startedAtMs < parseMsMax, "It took too long");
  },
);

/**
 * Quoted names are the only part of the SQL text that a request can influence. Everything else must
 * be fixed.
 */
function checkStatement({ text, values }: Statement): void {
  const ours = text
    .replaceAll(/"(?:[^"]|"")*"/g, "i")
    .replaceAll(/'(?:\[\]|[ -&(-~]{0,40})'/g, "s");
  assert.doesNotMatch(ours, /["';\\]|--|\/\*/, `The statement is ${text}`);
  assert.ok(!text.includes("\u0000"), "It would be cut off");
  const places = [...ours.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
  assert.equal(Math.max(0, ...places), values.length);
}

const open = async () => ({ property: queryProperty });

export const queryTargets: readonly PureTarget[] = [
  { name: "query", share: 10, shortCases: 700, open },
];
