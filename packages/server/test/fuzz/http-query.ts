/** Reads from a real server, with every kind of query string, header and key. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { acceptHeader, preferHeader, tableQuery, rangeHeader } from "./query-strings.ts";
import type { OpenTarget, ServedTarget } from "./target.ts";
import type { Served } from "./served.ts";

async function open(served: Served): Promise<OpenTarget> {
  const { keys } = served.known;
  const property = fc.asyncProperty(
    tableQuery,
    fc.record({ range: rangeHeader, accept: acceptHeader, prefer: preferHeader }),
    fc.constantFrom("GET", "GET", "GET", "HEAD"),
    fc.constantFrom(...Object.values(keys)),
    async ([table, query], headers, method, key) => {
      const given = Object.entries({ apikey: key, ...headers });
      const answer = await served.ask({
        method,
        target: `/rest/v1/${table}?${query}`,
        headers: given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
        body: null,
      });
      const isJson = answer.headers.get("content-type")?.startsWith("application/json") === true;
      if (answer.status < 300 && isJson && method === "GET") {
        assert.ok(Array.isArray(JSON.parse(answer.body)), answer.body);
      }
    },
  );
  return { property };
}

export const httpQueryTargets: readonly ServedTarget[] = [
  { name: "http-query", share: 4, shortCases: 100, open },
];
