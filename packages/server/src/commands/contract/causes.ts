/**
 * Finds out how a recorded signature was made, if not as the document says: tries the usual forms
 * of keys, times, signed texts, algorithms and encodings.
 */
import { createHmac, type BinaryLike } from "node:crypto";
import type { ContractSignature, KeyForm, SignatureAlgorithm } from "../../contracts/contract.ts";
import { keyBytes, KeyError } from "../../contracts/keys.ts";
import { isoTimestamp } from "../../contracts/values.ts";
import { bodyVariants } from "../verify/body-variants.ts";
import type { FoundValues } from "./infer.ts";
import type { RecordedRequest } from "./recorded.ts";

export interface Cause {
  /** The members of the signature that the document must change. Empty if it is right. */
  readonly members: Partial<ContractSignature>;
  /** Sentences about what is not in the document: the secret, the body, the place of the time. */
  readonly notes: readonly string[];
}

export interface Search {
  /** Null if no combination fits. */
  readonly cause: Cause | null;
  /** How many combinations were tried. */
  readonly tried: number;
}

export interface SearchOptions {
  readonly signature: ContractSignature;
  /** The recorded value: one signature, or several. */
  readonly recorded: string;
  readonly secrets: readonly string[];
  readonly request: RecordedRequest;
  readonly found: FoundValues;
  readonly atMs: number;
}

const hashes = { "hmac-sha256": "sha256", "hmac-sha1": "sha1", "hmac-sha512": "sha512" } as const;
type Hmac = keyof typeof hashes;

/** Tries all combinations; of those that fit, the one with the fewest changes is the cause. */
export function searchCause(options: SearchOptions): Search {
  const pieces = piecesOf(options.signature, options.recorded);
  const contents = contentsFor(options);
  const bodies = bodiesFor(options.request.body);
  const keys = keysFor(options.signature, options.secrets);
  let best: { readonly cause: Cause; readonly changes: number } | null = null;
  let tried = 0;
  for (const [algorithm, hash] of Object.entries(hashes) as [Hmac, string][]) {
    for (const key of keys) {
      for (const content of contents) {
        for (const body of bodies) {
          tried += 1;
          const digest = hmac(hash, key.bytes, content.text(body.text));
          const piece = pieces.find(({ bytes }) => bytes.equals(digest));
          if (piece === undefined) continue;
          const cause = causeOf(options.signature, { algorithm, key, content, body, piece });
          const changes = Object.keys(cause.members).length + cause.notes.length;
          if (best === null || changes < best.changes) best = { cause, changes };
        }
      }
    }
  }
  return { cause: best?.cause ?? null, tried };
}

function hmac(hash: string, key: BinaryLike, text: string): Buffer {
  return createHmac(hash, key).update(text, "utf8").digest();
}

interface Piece {
  readonly bytes: Buffer;
  readonly encoding: "hex" | "base64" | "base64url";
  readonly form: string;
}

/** The signatures in the recorded value, whatever surrounds them. */
function piecesOf(signature: ContractSignature, recorded: string): readonly Piece[] {
  const { form = "{signature}" } = signature;
  const [before = "", after = ""] = form.split("{signature}");
  return [...recorded.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)].flatMap(({ 0: text, index }) => {
    const head = recorded.slice(0, index);
    const own = head.split(/[ ,;]/).at(-1) ?? "";
    const isBefore = before === "" ? own === "" : head.endsWith(before);
    const isOwn = isBefore && recorded.slice(index + text.length).startsWith(after);
    const shown = isOwn ? form : `${own}{signature}`;
    const encodings = /^[0-9a-f]+$/.test(text)
      ? (["hex"] as const)
      : /[-_]/.test(text)
        ? (["base64url"] as const)
        : (["base64"] as const);
    return encodings.map((encoding) => ({
      bytes: Buffer.from(text, encoding),
      encoding,
      form: shown,
    }));
  });
}

interface Key {
  readonly form: KeyForm;
  readonly prefix: string;
  readonly bytes: Buffer;
  readonly note: string | null;
}

function keysFor(signature: ContractSignature, secrets: readonly string[]): readonly Key[] {
  const keys: Key[] = [];
  for (const given of secrets) {
    const cleaned = given.trim().replace(/^(["'])(.*)\1$/, "$2");
    const note = cleaned === given ? null : "The secret has white space or quotes around it.";
    for (const secret of new Set([given, cleaned])) {
      const ownPrefix = /^[A-Za-z0-9]+_/.exec(secret)?.[0] ?? "";
      for (const prefix of new Set([signature.keyPrefix ?? "", "", ownPrefix])) {
        for (const form of ["text", "hex", "base64"] as const) {
          try {
            const bytes = keyBytes(secret, { form, prefix });
            keys.push({ form, prefix, bytes, note: secret === given ? null : note });
          } catch (error) {
            if (!(error instanceof KeyError)) throw error;
          }
        }
      }
    }
  }
  return keys;
}

interface Body {
  readonly text: string;
  readonly note: string | null;
}

function bodiesFor(body: Buffer): readonly Body[] {
  const changed = bodyVariants(body).map((variant) => ({
    text: variant.body.toString("utf8"),
    note: `The recorded body is not what was signed: it was ${variant.change}. Record the raw bytes.`,
  }));
  return [{ text: body.toString("utf8"), note: null }, ...changed];
}

interface Content {
  /** The template as a document would have it. */
  readonly template: string;
  readonly note: string | null;
  text(body: string): string;
}

/** What senders sign. TIME and ID stand for the values that are tried. */
const usual: readonly string[] = [
  "{body}",
  "TIME.{body}",
  "TIME:{body}",
  "TIME{body}",
  "{body}TIME",
  "{body}.TIME",
  "TIME,{body}",
  "TIME|{body}",
  "v0:TIME:{body}",
  "v1:TIME:{body}",
  "ID.TIME.{body}",
  "TIME.ID.{body}",
  "ID.{body}",
  "IDTIME{body}",
  "{endpoint.url}{body}",
  "{endpoint.url}.{body}",
  "{request.method}{endpoint.url}{body}",
  "{request.method}{endpoint.url}{body}TIME",
  "TIME.{endpoint.url}.{body}",
];

function contentsFor(options: SearchOptions): readonly Content[] {
  const { signature, found } = options;
  const own = signature.content ?? "{body}";
  const known = new Map([...found].map(([name, { text }]) => [name, text]));
  const contents = new Map<string, Content>();
  const add = (template: string, given: readonly Value[]): void => {
    const values = new Map([...known, ...given.map(({ name, text }) => [name, text] as const)]);
    const used = given.filter(({ name }) => template.includes(`{${name}}`));
    const key = [template, ...used.map(({ text }) => text)].join("\n");
    if (contents.has(key)) return;
    const note = used.find((each) => each.note !== null)?.note ?? null;
    contents.set(key, { template, note, text: (body) => filled(template, body, values, options) });
  };
  add(own, []);
  for (const time of timesOf(options)) {
    add(own.replace(/\{attempt\.timestamp(_seconds|_ms)?\}/, `{${time.name}}`), [time]);
    for (const skeleton of usual) {
      const template = skeleton.replace("TIME", `{${time.name}}`);
      if (!skeleton.includes("ID")) add(template, [time]);
      else for (const id of idsOf(options)) add(template.replace("ID", `{${id.name}}`), [time, id]);
    }
  }
  return [...contents.values()];
}

function filled(
  template: string,
  body: string,
  values: ReadonlyMap<string, string>,
  { request, atMs }: SearchOptions,
): string {
  return template.replace(/\{([^{}]*)\}/g, (_whole, name: string) => {
    if (name === "body" || name === "event.data") return body;
    if (name === "request.method") return request.method;
    if (name === "endpoint.url") return request.url ?? "";
    return values.get(name) ?? timeText(name, atMs) ?? "";
  });
}

function timeText(name: string, atMs: number): string | null {
  if (name === "attempt.timestamp_seconds") return String(Math.floor(atMs / 1000));
  if (name === "attempt.timestamp_ms") return String(atMs);
  return name === "attempt.timestamp" ? isoTimestamp(atMs) : null;
}

interface Value {
  readonly name: string;
  readonly text: string;
  readonly note: string | null;
}

/** Times that the document knows, in each form, and whatever else looks like a time. */
function timesOf({ request, atMs, found }: SearchOptions): readonly Value[] {
  const names = ["attempt.timestamp_seconds", "attempt.timestamp_ms", "attempt.timestamp"];
  const times = names.map((name): Value => {
    return { name, text: timeText(name, atMs) ?? "", note: null };
  });
  const places = new Set([...found.values()].map(({ text }) => text));
  for (const [header, value] of request.headers) {
    for (const [text] of value.matchAll(/\b(?:\d{13}|\d{10})\b|\d{4}-\d\d-\d\dT[\d:.]+Z?/g)) {
      if (places.has(text)) continue;
      const name = text.includes("T")
        ? "attempt.timestamp"
        : `attempt.timestamp_${text.length === 13 ? "ms" : "seconds"}`;
      const note = `The time is in the header ${header}; write {${name}} there.`;
      times.push({ name, text, note });
    }
  }
  return times;
}

function idsOf({ request, found }: SearchOptions): readonly Value[] {
  const known = found.get("event.id")?.text ?? found.get("event.uuid")?.text;
  const ids: Value[] = known === undefined ? [] : [{ name: "event.id", text: known, note: null }];
  for (const [header, text] of request.headers) {
    if (!/(^|-)(id|delivery|uuid)$/.test(header) || text === known) continue;
    const note = `The id is in the header ${header}; write {event.id} there.`;
    ids.push({ name: "event.id", text, note });
  }
  return ids;
}

interface Fit {
  readonly algorithm: SignatureAlgorithm;
  readonly key: Key;
  readonly content: Content;
  readonly body: Body;
  readonly piece: Piece;
}

function causeOf(
  signature: ContractSignature,
  { algorithm, key, content, body, piece }: Fit,
): Cause {
  const wanted: ContractSignature = {
    algorithm,
    key: key.form,
    keyPrefix: key.prefix,
    content: content.template,
    encoding: piece.encoding,
    form: piece.form,
  };
  const defaults: ContractSignature = {
    algorithm: "hmac-sha256",
    key: "text",
    keyPrefix: "",
    content: "{body}",
    encoding: "hex",
    form: "{signature}",
  };
  const present = { ...defaults, ...signature };
  const members = Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) => present[name as keyof ContractSignature] !== value,
    ),
  );
  const notes = [key.note, content.note, body.note].filter((each) => each !== null);
  return { members, notes };
}
