/**
 * Publishes to a real server. An accepted body must be stored completely and unchanged; a rejected
 * body must not be stored.
 */
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { broken, contentType } from "./bodies.ts";
import { mutatedJson, wordsOf } from "./json.ts";
import { preferHeader } from "./query-strings.ts";
import type { Served } from "./served.ts";
import type { OpenTarget, ServedTarget } from "./target.ts";

const orgMark = "ORG-OF-THE-CASE";

const event = {
  org_id: orgMark,
  event_type: "scan.completed",
  data: { scan_id: "s-1", nested: { list: [1, 2.5, null], text: "ü".repeat(30) } },
};
const documents = [
  event,
  { ...event, timestamp: "2026-01-01T00:00:00Z", idempotency_key: "k-1" },
  { ...event, external_id: "e-1" },
  [event, { ...event, data: { other: true } }],
].map((each) => JSON.stringify(each));

const words = wordsOf(
  "org_id event_type data timestamp idempotency_key external_id id scan.completed report.ready k-1 select",
);

const body = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...documents).chain((text) => mutatedJson(text, words)) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 60 }) },
  // Only the data is deeply nested.
  {
    weight: 1,
    arbitrary: fc.integer({ min: 500, max: 60_000 }).map((depth) => {
      const data = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
      return documents[0]?.replace('{"scan_id"', `${data.slice(0, 200_000)},"x":{"scan_id"`) ?? "";
    }),
  },
);

const query = fc.constantFrom(
  ...wordsOf("?select=id ?columns=org_id,event_type,data ?select=nope ?a=eq.1 ?select=id::int4"),
  ...wordsOf(
    "?select=data->nested ?select=event_type::int4 ?columns=data ?order=id ?on_conflict=id",
  ),
);

interface Stored {
  readonly id: string;
  readonly data: string;
}

async function open(served: Served): Promise<OpenTarget> {
  const { keys } = served.known;
  const storedOf = async (orgId: string): Promise<readonly Stored[]> => {
    const sql = "select id, data::text as data from posthorn.events where org_id = $1";
    return (await served.database.query<Stored>(sql, [orgId])).rows;
  };
  const property = fc.asyncProperty(
    body,
    broken,
    contentType,
    preferHeader,
    fc.oneof({ weight: 8, arbitrary: fc.constant("") }, query),
    async (text, damage, type, prefer, asked) => {
      // The org's id is new in each run. If it belonged to the case, shrinking would use the same
      // org again and find its rows.
      const orgId = randomUUID();
      const sent = text.replaceAll(orgMark, orgId);
      const bytes = damage(Buffer.from(sent));
      const answer = await served.ask({
        method: "POST",
        target: `/rest/v1/webhook_events${asked}`,
        headers: [
          ["apikey", keys.admin],
          ...(type === undefined ? [] : ([["content-type", type]] as const)),
          ...(prefer === undefined ? [] : ([["prefer", prefer]] as const)),
        ],
        body: bytes,
      });
      const stored = await storedOf(orgId);
      if (answer.status >= 400)
        assert.deepEqual(stored, [], `It refused, and stored: ${answer.body}`);
      if (stored.length === 0) return;
      assert.ok(isUtf8(bytes), "It stored what is no text");
      checkStored(bytes.toString(), stored);
    },
  );
  return { property };
}

/** Each stored text must occur in the body byte for byte, and must have the same meaning. */
function checkStored(sent: string, stored: readonly Stored[]): void {
  const parsed = JSON.parse(sent) as { data?: unknown } | readonly { data?: unknown }[];
  const events = Array.isArray(parsed) ? (parsed as readonly { data?: unknown }[]) : [parsed];
  const meant = new Set(events.map((each) => JSON.stringify((each as { data?: unknown }).data)));
  for (const { data } of stored) {
    assert.ok(sent.includes(data), `It stored ${data.slice(0, 200)}, which was not sent`);
    assert.ok(meant.has(JSON.stringify(JSON.parse(data))), `It stored ${data.slice(0, 200)}`);
  }
}

export const httpPublishTargets: readonly ServedTarget[] = [
  { name: "http-publish", share: 4, shortCases: 100, open },
];
