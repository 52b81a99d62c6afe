/** What the fuzzer found over HTTP: one regression test each. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { RawAnswer, RawRequest } from "./connection.ts";
import { startServed, type Served } from "./served.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed(inject("postgresUrl"));
});
afterAll(() => served.close());

function ask(request: Partial<RawRequest> & { readonly target: string }): Promise<RawAnswer> {
  const { headers = [], ...rest } = request;
  const json = ["content-type", "application/json"] as const;
  const key = ["apikey", served.known.keys.admin] as const;
  return served.ask({ method: "POST", body: null, ...rest, headers: [key, json, ...headers] });
}

const codeOf = ({ status, body }: RawAnswer): readonly [number, unknown] => [
  status,
  body === "" ? null : (JSON.parse(body) as { code?: unknown }).code,
];

async function eventsOf(orgId: string): Promise<number> {
  const sql = "select count(*)::integer as count from posthorn.events where org_id = $1";
  const { rows } = await served.database.query<{ count: number }>(sql, [orgId]);
  return rows[0]?.count ?? Number.NaN;
}

describe("publishing", () => {
  const orgId = "6d5b8f0e-0f4a-4c55-9d0c-2f6f7f3c1a01";
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };

  test.each([
    ["a column that there is not", "nope", "42703"],
    ["a cast that cannot be made", "event_type::int4", "PGRST127"],
    ["a path into the data", "data->>scan_id", "PGRST127"],
  ])("is rejected before it is stored, for %s in select", async (_name, select, code) => {
    const answer = await ask({
      target: `/rest/v1/webhook_events?select=${select}`,
      headers: [["prefer", "return=representation"]],
      body: Buffer.from(JSON.stringify(event)),
    });
    expect(codeOf(answer)).toEqual([400, code]);
    expect(await eventsOf(orgId)).toBe(0);
  });

  test.each([
    ["a byte that no character has", [0xff]],
    ["three of a character's four bytes", [0xf0, 0x9f, 0x92]],
    ["half a surrogate pair", [0xed, 0xa0, 0x80]],
  ])("does not store U+FFFD for %s", async (_name, bytes) => {
    const [before, after] = JSON.stringify(event).split('"s"');
    const body = Buffer.concat([
      Buffer.from(`${before}"`),
      Buffer.from(bytes),
      Buffer.from(`"${after}`),
    ]);
    const answer = await ask({ target: "/rest/v1/webhook_events", body });
    expect(codeOf(answer)).toEqual([400, "PGRST102"]);
    expect(await eventsOf(orgId)).toBe(0);
  });
});

describe("errors of HTTP itself have the dialect's shape", () => {
  test.each<[string, Partial<RawRequest> & { readonly target: string }, number, string]>([
    ["a body that is missing", { target: "/console/session" }, 400, "PH_REQUEST_MALFORMED"],
    [
      "a body that is not JSON",
      { target: "/console/session", body: Buffer.from("{") },
      400,
      "PH_REQUEST_MALFORMED",
    ],
    [
      "a body on a path that there is not",
      { target: "/nowhere", body: Buffer.from("{}") },
      404,
      "PGRST125",
    ],
    ["a path that is not percent-encoded", { target: "/%" }, 400, "PH_REQUEST_MALFORMED"],
  ])("%s", async (_name, request, status, code) => {
    expect(codeOf(await ask(request))).toEqual([status, code]);
  });

  test("a preflight without its headers, and unknown expectations", async () => {
    const target = "/rest/v1/webhook_orgs";
    expect((await ask({ method: "OPTIONS", target })).status).toBe(204);
    const headers = [["expect", "200-ok"]] as const;
    expect((await ask({ method: "GET", target, headers })).status).toBe(200);
  });

  test.each([
    ["no HTTP", "nonsense\r\n\r\n", 400, "PH_REQUEST_MALFORMED"],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na",
      400,
      "PH_REQUEST_MALFORMED",
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
      "PH_REQUEST_MALFORMED",
    ],
    [
      "too many bytes of headers",
      `GET / HTTP/1.1\r\nhost: a\r\nx-a: ${"b".repeat(66_000)}\r\n\r\n`,
      431,
      "PH_HEADERS_TOO_LARGE",
    ],
  ])("%s", async (_name, text, status, code) => {
    const answer = await served.askRaw(Buffer.from(text));
    expect(answer && codeOf(answer)).toEqual([status, code]);
    expect(answer?.headers.get("connection")).toBe("close");
  });
});
