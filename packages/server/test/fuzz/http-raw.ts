/**
 * Requests of all other kinds: methods, paths, headers, cookies, tokens, and bytes that are not a
 * request.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { accessTable } from "../support/access-table.ts";
import { claims, forgedToken, jwtSecret } from "../support/tokens.ts";
import { contentType } from "./bodies.ts";
import { bytesOf, type RawRequest } from "./connection.ts";
import { anyJson, nastyStrings, place, wordsOf } from "./json.ts";
import type { Known, Served } from "./served.ts";
import type { OpenTarget, ServedTarget } from "./target.ts";

/** A header's value may contain any byte except line breaks and NUL. */
const headerText = fc
  .oneof(
    fc.constantFrom(...nastyStrings),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
  )
  .map((text) => text.replaceAll(/[^\t -~\u0080-\u00ff]/g, "~").slice(0, 2_000));

function edited(text: string): fc.Arbitrary<string> {
  return fc.tuple(place, headerText, fc.nat(3)).map(([at, piece, removed]) => {
    const index = Math.floor(at * (text.length + 1));
    return text.slice(0, index) + piece.slice(0, 5) + text.slice(index + removed);
  });
}

const nearly = (text: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(text) }, edited(text), headerText);

/** Valid headers, almost valid headers, or none. */
function headers(known: Known): fc.Arbitrary<RawRequest["headers"]> {
  const { keys, sessionId, sessionToken, orgId } = known;
  const token = forgedToken({ alg: "HS256" }, claims({ org_id: orgId }), jwtSecret);
  const header = (name: string, value: fc.Arbitrary<string>) =>
    value.map((text) => [name, text] as const);
  const cookie = `posthorn_${sessionId}=${sessionToken}`;
  return fc.array(
    fc.oneof(
      header("apikey", nearly(keys.manage)),
      header("authorization", fc.oneof(nearly(`Bearer ${token}`), nearly(`Bearer ${keys.read}`))),
      header("cookie", fc.oneof(nearly(cookie), nearly(`a=b; ${cookie}; ${cookie}`))),
      header("x-posthorn-session", nearly(sessionId)),
      header("origin", fc.oneof(nearly("http://posthorn.test"), headerText)),
      header("sec-fetch-site", fc.oneof(fc.constantFrom("same-origin", "cross-site"), headerText)),
      header("accept", headerText),
      header("prefer", headerText),
      header("range", headerText),
      header("accept-profile", fc.oneof(fc.constantFrom("public", "posthorn"), headerText)),
      header("content-encoding", fc.constantFrom("gzip", "identity", "br")),
      header("expect", fc.constantFrom("100-continue", "200-ok")),
      header("accept-encoding", headerText),
      header("if-none-match", headerText),
      header("access-control-request-method", fc.constantFrom("POST", "x")),
      header("x-forwarded-for", headerText),
      contentType.map((type) => ["content-type", type ?? "application/json"] as const),
    ),
    { maxLength: 6 },
  );
}

function targets({ orgId, endpointId }: Known): fc.Arbitrary<string> {
  const paths = [...new Set(accessTable.map(({ path }) => path))]
    // Omits paths whose response depends on whether the console and the docs are built.
    .filter((path) => path !== "/" && !path.startsWith("/docs"));
  const escaped = fc
    .oneof(fc.constantFrom(...nastyStrings), fc.string({ unit: "binary", maxLength: 20 }))
    .map((text) => encodeURIComponent(Buffer.from(text).toString()).slice(0, 500));
  const path = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...paths) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom(...paths), escaped)
        .map(([whole, text]) => whole.replace(/:\w+|\*|$/, text)),
    },
    fc.constantFrom(
      "*",
      "//",
      "/%",
      "/%00",
      "/..%2f..%2fetc",
      "/assets/../../x",
      "http://a/",
      "/;",
    ),
    fc.constantFrom("/rest/v1/", "/rest/v1/rpc/__proto__", "/rest/v1/constructor", "/docs/../rest"),
  );
  const query = fc.oneof(
    fc.constant(""),
    fc.constantFrom(
      "?",
      "?org_id=",
      "?org_id=x&org_id=y",
      "?org_id[]=1",
      "?process=own",
      "?%",
      "?a",
    ),
    fc.constant(`?org_id=${orgId}`),
    fc.constant(`?endpoint_id=${endpointId}&org_id=${orgId}`),
    escaped.map((text) => `?org_id=${text}`),
    escaped.map((text) => `?${text}=${text}&since=${text}`),
  );
  return fc.tuple(path, query).map((parts) => parts.join(""));
}

const method = fc.constantFrom(
  ...wordsOf("GET GET GET POST POST HEAD PATCH DELETE PUT OPTIONS TRACE PROPFIND"),
);

function requests(known: Known): fc.Arbitrary<RawRequest> {
  const body = fc.option(
    anyJson.map((text) => Buffer.from(text)),
    { nil: null, freq: 3 },
  );
  return fc.record({ method, target: targets(known), headers: headers(known), body });
}

async function openAsk(served: Served): Promise<OpenTarget> {
  const property = fc.asyncProperty(requests(served.known), async (request) => {
    await served.ask(request);
  });
  return { property };
}

const brokenPieces = [
  ...wordsOf("\r\n|\n|\r|\0| |:|\r\n\r\n|host: a\r\n|HTTP/9.9|connection: close\r\n", "|"),
  ...wordsOf("content-length: 5\r\n|content-length: -1\r\n|transfer-encoding: chunked\r\n", "|"),
  ...wordsOf("transfer-encoding: gzip, chunked\r\n|5\r\nhello\r\n0\r\n\r\n|ffffffff\r\n", "|"),
  ...wordsOf("upgrade: h2c\r\nconnection: upgrade\r\n|expect: 100-continue\r\n", "|"),
  "a".repeat(70_000),
  "x-a: b\r\n".repeat(2_001),
];

/** The bytes of a valid request, some of them changed, moved or removed. */
async function openBytes(served: Served): Promise<OpenTarget> {
  const pieces = fc.oneof(
    fc.constantFrom(...brokenPieces),
    fc.string({ unit: "binary", maxLength: 5 }),
  );
  const edits = fc.array(fc.tuple(place, pieces, fc.nat(10)), { minLength: 1, maxLength: 3 });
  const property = fc.asyncProperty(requests(served.known), edits, async (request, changes) => {
    let bytes = bytesOf(request);
    for (const [at, piece, removed] of changes) {
      const index = Math.floor(at * (bytes.length + 1));
      const rest = bytes.subarray(index + removed);
      bytes = Buffer.concat([bytes.subarray(0, index), Buffer.from(piece, "latin1"), rest]);
    }
    await served.askRaw(bytes);
    assert.equal((await served.ask(alive)).status, 200);
  });
  return { property };
}

const alive = { method: "GET", target: "/healthz", headers: [], body: null };

export const httpRawTargets: readonly ServedTarget[] = [
  { name: "http-ask", share: 4, shortCases: 100, open: openAsk },
  { name: "http-bytes", share: 2, shortCases: 100, open: openBytes },
];
