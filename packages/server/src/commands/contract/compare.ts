/** Compares a recorded request with what Posthorn would have sent, header by header. */
import type { Contract } from "../../contracts/contract.ts";
import { secretsOf } from "../../contracts/checks.ts";
import { withoutPreset } from "../../contracts/signatures.ts";
import { decodedToken, type FoundValues } from "./infer.ts";
import type { RecordedRequest } from "./recorded.ts";
import type { Rebuilt } from "./rebuild.ts";

/**
 * - `same`, `differs`: of a header that both have, or of the body.
 * - `lacking`: the contract lacks a header of the recorded request.
 * - `added`: the recorded request lacks a header of the contract, which harms no receiver.
 * - `unchecked`: nobody can tell, because a secret or a private key is missing.
 * - `transport`: it belongs to the connection, or comes from a proxy.
 */
export type Verdict = "same" | "differs" | "lacking" | "added" | "unchecked" | "transport";

export interface Compared {
  /** A header's name in lower case, or `body`. */
  readonly name: string;
  readonly verdict: Verdict;
  /** Null if there is none, or if it must not be shown. */
  readonly recorded: string | null;
  readonly built: string | null;
  /** The first byte that differs. */
  readonly at: number | null;
  readonly note: string | null;
}

/** Differences that a receiver may notice. */
export function isProblem({ verdict, name }: Compared): boolean {
  return (verdict === "differs" && name !== "user-agent") || verdict === "lacking";
}

/** Headers that belong to the connection, to HTTP clients, to proxies or to tracing. */
const transportHeaders = new RegExp(
  "^(host|content-length|connection|keep-alive|transfer-encoding|te|accept(-encoding|-language)?|" +
    "date|via|forwarded|x-forwarded-.*|x-real-ip|traceparent|tracestate|baggage|cf-.*|cdn-loop|" +
    "x-amzn-.*|x-cloud-trace-context|sec-fetch-.*|priority)$",
);

export function compare(
  document: Contract,
  request: RecordedRequest,
  rebuilt: Rebuilt,
): readonly Compared[] {
  const names = new Set([...rebuilt.headers.keys(), ...request.headers.keys()]);
  const headers = [...names].map((name) => compareHeader(document, name, request, rebuilt));
  return [...headers, compareBody(request.body, rebuilt)];
}

function compareHeader(
  document: Contract,
  name: string,
  { headers }: RecordedRequest,
  rebuilt: Rebuilt,
): Compared {
  const recorded = headers.get(name) ?? null;
  const built = rebuilt.headers.get(name) ?? null;
  const isHidden = rebuilt.credentials.includes(name);
  const line = (verdict: Verdict, note: string | null = null, at: number | null = null) => ({
    name,
    verdict,
    recorded: isHidden ? null : recorded,
    built: isHidden ? null : built,
    at,
    note,
  });
  if (built === null) {
    if (transportHeaders.test(name)) return line("transport");
    return line("lacking", "add it to `headers` of the document");
  }
  const without = uncheckable(document, name, rebuilt);
  if (recorded === null) return line("added");
  if (recorded === built) return line("same");
  if (without !== null) return line("unchecked", without);
  const isOld = name === "user-agent";
  const note = isOld ? "set it in `headers` if a receiver reads it" : timeNote(recorded, built);
  return line("differs", note, firstDifference(Buffer.from(recorded), Buffer.from(built)));
}

/** Why a header cannot be compared; null if it can. */
function uncheckable(document: Contract, header: string, rebuilt: Rebuilt): string | null {
  const template = document.headers[header] ?? "";
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
  const [first = "main"] = Object.keys(secretsOf(document));
  for (const name of names) {
    const [kind, part] = name.split(".", 2);
    const signature = kind === "signature" ? document.signatures?.[part ?? ""] : undefined;
    const own = signature === undefined ? null : withoutPreset(signature);
    const algorithm = own?.algorithm ?? "hmac-sha256";
    const isPlatform = own !== null && !algorithm.startsWith("hmac") && own.secret === undefined;
    if ((isPlatform || kind === "kid") && rebuilt.lacksPlatformKeys) {
      return "set POSTHORN_SIGNING_KEYS to the platform's private keys to check it";
    }
    const secret =
      kind === "secret" ? (part ?? first) : own === null ? null : (own.secret ?? first);
    if (isPlatform || secret === null || !rebuilt.missingSecrets.has(secret)) continue;
    // A secret that the document cannot use is the document's problem.
    if (!rebuilt.secretProblems.has(secret)) return `pass the secret ${secret} to check it`;
  }
  return null;
}

function timeNote(recorded: string, built: string): string | null {
  const isTime = /^\d{4}-\d\d-\d\dT/.test(recorded) && Date.parse(recorded) === Date.parse(built);
  return isTime ? "it is the same time in another form" : null;
}

function compareBody(recorded: Buffer, { body, credentials }: Rebuilt): Compared {
  const isHidden = credentials.includes("body");
  const at = firstDifference(recorded, body);
  return {
    name: "body",
    verdict: at === null ? "same" : "differs",
    recorded: isHidden ? null : recorded.toString("utf8"),
    built: isHidden ? null : body.toString("utf8"),
    at,
    note: at === null ? null : bodyNote(recorded.toString("utf8"), body.toString("utf8")),
  };
}

function bodyNote(recorded: string, built: string): string | null {
  const [one, other] = [parsed(recorded), parsed(built)];
  if (one === undefined) return "the recorded body is not JSON; a form needs `form`";
  if (JSON.stringify(one) !== JSON.stringify(other)) return null;
  return (
    "it is the same JSON, written with other white space or escapes. Posthorn writes an envelope " +
    "without spaces, and sends the data as it is published. Publish the whole body as the data, " +
    'with "body": "{event.data}"'
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The index of the first byte that differs; null if there is none. */
export function firstDifference(one: Buffer, other: Buffer): number | null {
  if (one.equals(other)) return null;
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

/** What differs between two JSON Web Tokens, for people. */
export function tokenDifferences(recorded: string, built: string): readonly string[] {
  const [one, other] = [decodedToken(recorded), decodedToken(built)];
  const parts = ["header", "claims"] as const;
  return parts.flatMap((part) =>
    one[part] === other[part] ? [] : [`${part}: recorded ${one[part]}, built ${other[part]}`],
  );
}

/** The recorded text of each signature, by name. */
export function recordedSignatures(
  document: Contract,
  found: FoundValues,
): ReadonlyMap<string, string> {
  const names = Object.keys(document.signatures ?? {});
  return new Map(
    names.flatMap((name) => {
      const value = found.get(`signature.${name}`);
      return value === undefined ? [] : [[name, value.text] as const];
    }),
  );
}
