/**
 * The one table of values that templates may use: in bodies, headers and the contents of
 * signatures. Every value is computed from stored facts, so an attempt's request can be rebuilt.
 */
import { createHash } from "node:crypto";
import { attemptId, isUuid } from "../model/id.ts";
import { nearestName } from "../model/similar-name.ts";
import { messageIdOf } from "../model/svix-id.ts";
import type { BinaryEncoding } from "./contract.ts";
import type { JsonPaths } from "./json-path.ts";

/** The event of a delivery. */
export interface RenderedEvent {
  readonly id: string;
  /** The publisher's own id; null or undefined if it gave none. */
  readonly externalId?: string | null;
  readonly type: string;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** JSON text, copied into the body byte for byte. */
  readonly dataJson: string;
}

/** The facts about an attempt that templates may use. */
export interface RenderedAttempt {
  readonly event: RenderedEvent;
  readonly endpoint: {
    readonly id: string;
    readonly orgId: string;
    /** The platform's text for the org; null or undefined if it is `orgId`. */
    readonly orgExternalId?: string | null;
    readonly url: string | null;
  };
  readonly deliveryId: string;
  /** 1 for a delivery's first attempt. */
  readonly number: number;
  /** The time of the attempt. Signatures over a time use this one. */
  readonly atMs: number;
}

/** The inputs of all values: an attempt, and the parts of its request. */
export interface Rendering extends RenderedAttempt {
  /** The body to send; the empty text while the body itself is rendered. */
  readonly body: string;
  /** True while a request is rendered for display: credentials are then replaced. */
  readonly isRedacted: boolean;
  /** @param index its place among the contract's signatures. */
  signature(index: number): string;
  /** The id of the platform's key that makes a signature. */
  kid(index: number): string;
  /** The current secret's text. */
  secret(name: string): string;
  header(name: string): string;
}

/** Where a template is: values may be limited to some of these places. */
export type Place = "body" | "header" | "content";

export interface Value {
  /** The value's text, e.g. in a header or inside a longer text. */
  text(rendering: Rendering): string;
  /** The value's JSON, if a member of a body is exactly this value. */
  json(rendering: Rendering): string;
  readonly traits: ReadonlySet<Trait>;
  /** The name of the secret that it contains; null for most values. */
  readonly secret: string | null;
}

/**
 * - `attempt`: it may differ between the attempts or endpoints of an event, so a body with it
 *   cannot be shared.
 * - `whole`: it says all that the body or the published data says, so a signature over it covers
 *   the event.
 * - `body`, `header`, `signature`: it depends on these parts of the request.
 * - `credential`: it must not be shown.
 * - `free`: the publisher chooses its text, which may contain any character.
 */
export type Trait = "attempt" | "whole" | "body" | "header" | "signature" | "credential" | "free";

/** The parts of a contract that templates may name. */
export interface Names {
  readonly signatures: readonly string[];
  /** Those of the signatures that the platform's own key makes. */
  readonly platformSignatures: readonly string[];
  readonly secrets: readonly string[];
  readonly headers: readonly string[];
  /** The version of Posthorn that `{sender.version}` shows. */
  readonly senderVersion: string;
  /** Collects the paths into the data that templates name. */
  readonly dataPaths: JsonPaths;
}

interface Definition extends Value {
  readonly places: readonly Place[];
}

const everywhere: readonly Place[] = ["body", "header", "content"];
const afterBody: readonly Place[] = ["header", "content"];

function text(
  render: (rendering: Rendering) => string,
  traits: readonly Trait[] = ["attempt"],
  places: readonly Place[] = everywhere,
  secret: string | null = null,
): Definition {
  return {
    text: render,
    json: (rendering) => JSON.stringify(render(rendering)),
    traits: new Set(traits),
    places,
    secret,
  };
}

/** A whole number; in a body it has no quotes. */
function number(
  render: (rendering: Rendering) => number,
  traits: readonly Trait[] = ["attempt"],
): Definition {
  const rendered = (rendering: Rendering): string => String(render(rendering));
  return { ...text(rendered, traits), json: rendered };
}

/** The id that receivers see as the event's: the only place that decides which one that is. */
function publicEventId({ event }: Rendering): string {
  return event.externalId ?? event.id;
}

/** For receivers that store the id as a UUID. */
function eventIdAsUuid({ event }: Rendering): string {
  const { id, externalId = null } = event;
  return externalId !== null && isUuid(externalId) ? externalId : id;
}

const ofEvent: readonly Trait[] = [];

const definitions: Readonly<Record<string, Definition>> = {
  "event.id": text(publicEventId, ofEvent),
  "event.uuid": text(({ event }) => event.id, ofEvent),
  "event.id_as_uuid": text(eventIdAsUuid, ofEvent),
  // The database does not compute it, so lists could not show a body with it.
  "event.svix_id": text(({ event }) => messageIdOf(event), ofEvent, afterBody),
  "event.type": text(({ event }) => event.type, ["free"]),
  "event.timestamp": text(({ event }) => isoTimestamp(event.timestampMs), ofEvent),
  "event.timestamp_seconds": number(({ event }) => seconds(event.timestampMs), ofEvent),
  "event.timestamp_ms": number(({ event }) => event.timestampMs, ofEvent),
  "event.data": {
    ...text(({ event }) => event.dataJson, ["whole", "free"], ["body", "content"]),
    json: ({ event }) => event.dataJson,
  },
  "delivery.id": text(({ deliveryId }) => deliveryId),
  "attempt.id": text(idOfAttempt),
  "attempt.number": number((rendering) => rendering.number),
  "attempt.retries": number((rendering) => rendering.number - 1),
  "attempt.nonce": text((rendering) => digest("sha256", idOfAttempt(rendering), "hex").slice(32)),
  "attempt.timestamp": text(({ atMs }) => isoTimestamp(atMs)),
  "attempt.timestamp_seconds": number(({ atMs }) => seconds(atMs)),
  "attempt.timestamp_ms": number(({ atMs }) => atMs),
  "endpoint.id": text(({ endpoint }) => endpoint.id),
  "endpoint.url": text(({ endpoint }) => endpoint.url ?? ""),
  "endpoint.host": text(ofUrl((url) => url.host)),
  "endpoint.path": text(ofUrl((url) => url.pathname)),
  "endpoint.target": text(ofUrl((url) => url.pathname + url.search)),
  "org.id": text(({ endpoint }) => endpoint.orgExternalId ?? endpoint.orgId, ["attempt", "free"]),
  "request.method": text(() => "POST", []),
  body: text(({ body }) => body, ["attempt", "body", "whole", "free"], ["content"]),
  "form.sorted": text(({ body }) => sortedFields(body), ["attempt", "body", "whole"], ["content"]),
  "body.bytes": {
    ...number(({ body }) => Buffer.byteLength(body), ["attempt", "body"]),
    places: afterBody,
  },
};

function idOfAttempt(rendering: Rendering): string {
  return attemptId(rendering.deliveryId, rendering.number);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function ofUrl(part: (url: URL) => string): (rendering: Rendering) => string {
  return ({ endpoint }) => (endpoint.url === null ? "" : part(new URL(endpoint.url)));
}

/** A time as bodies show it: UTC, always with three decimals. */
export function isoTimestamp(timestampMs: number): string {
  if (timestampMs !== latestIso.timestampMs) {
    latestIso = { timestampMs, text: new Date(timestampMs).toISOString() };
  }
  return latestIso.text;
}

/** Events come in bursts, many in the same millisecond, and formatting a date costs 1 µs. */
let latestIso = { timestampMs: 0, text: "1970-01-01T00:00:00.000Z" };

/** The fields of an encoded form, sorted by name, each name directly followed by its value. */
function sortedFields(body: string): string {
  return [...new URLSearchParams(body)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flat()
    .join("");
}

type Hash = "md5" | "sha1" | "sha256" | "sha512";

function digest(hash: Hash, content: string, encoding: BinaryEncoding): string {
  return createHash(hash).update(content, "utf8").digest(encoding);
}

/**
 * Finds a value by its name, i.e. the text between braces.
 *
 * @param names the parts that the contract has.
 * @returns the value, or why there is none in this place.
 */
export function valueOf(name: string, place: Place, names: Names): Value | string {
  const found = definitionOf(name, names);
  if (found === null) {
    if (dataPathPattern.test(name)) return `{${name}}: ${noSuffix}`;
    const nearest = nearestName(valueNames(place, names), name);
    return `{${name}} is not a value; the nearest is {${nearest}}`;
  }
  if (found.places.includes(place)) return found;
  return `{${name}} cannot be used in a ${place}`;
}

/** The names of all values in a place; `event.data.PATH` stands for any path. */
export function valueNames(place: Place, names: Names): readonly string[] {
  const own = [
    ...names.signatures.map((name) => `signature.${name}`),
    ...names.platformSignatures.map((name) => `kid.${name}`),
    ...names.secrets.flatMap((name) => ["secret", `secret.${name}`]),
    ...names.headers.map((name) => `header.${name}`),
  ];
  const fixed = [...Object.keys(definitions), "sender.version"];
  const all = [...fixed, "event.data.PATH", "body.sha256.hex", ...own];
  return all.filter((name) => definitionOf(name, names)?.places.includes(place) ?? false);
}

function definitionOf(name: string, names: Names): Definition | null {
  if (name === "sender.version") return text(() => names.senderVersion, []);
  if (Object.hasOwn(definitions, name)) return definitions[name] ?? null;
  const dataPath = dataPathPattern.exec(name)?.[1];
  if (dataPath !== undefined)
    return encodingPattern.test(name) ? null : dataAt(dataPath.split("."), names);
  return namedPart(name, names) ?? transformed(name, names);
}

/** Names of members, or indexes of lists. SQL reads `-1` and `01` as indexes, too. */
const step = "(?:[A-Za-z_$@][\\w$@-]*|0|[1-9]\\d{0,8})";
const dataPathPattern = new RegExp(`^event\\.data\\.(${step}(?:\\.${step})*)$`);

const encodingPattern = /\.(?:hex|base64|base64url)$/;
/** Read as a path, the suffix would name a member, and nearly always give nothing. */
const noSuffix =
  "a member of the data cannot be encoded or hashed, and a path cannot end in hex, base64 or " +
  "base64url";

/** `{signature.NAME}`, `{kid.NAME}`, `{secret}`, `{secret.NAME}`, `{header.NAME}`. */
function namedPart(name: string, names: Names): Definition | null {
  const [, kind, own = names.secrets[0]] =
    /^(signature|secret|header|kid)(?:\.(.+))?$/.exec(name) ?? [];
  if (own === undefined) return null;
  if (kind === "secret" && names.secrets.includes(own)) {
    const traits = ["attempt", "credential"] as const;
    return text((rendering) => rendering.secret(own), traits, ["body", "header"], own);
  }
  if (kind === "signature" && names.signatures.includes(own) && name !== kind) {
    const traits = ["attempt", "signature"] as const;
    const index = names.signatures.indexOf(own);
    return text((rendering) => rendering.signature(index), traits, ["body", "header"]);
  }
  if (kind === "kid" && names.platformSignatures.includes(own) && name !== kind) {
    const index = names.signatures.indexOf(own);
    return text((rendering) => rendering.kid(index));
  }
  if (kind === "header" && names.headers.includes(own) && name !== kind) {
    const traits = ["attempt", "header"] as const;
    return text((rendering) => rendering.header(own), traits, ["content"]);
  }
  return null;
}

/** A digest or an encoding of another value, e.g. `{body.sha256.hex}` or `{secret.base64}`. */
function transformed(name: string, names: Names): Definition | null {
  const match = /^(.+?)(?:\.(md5|sha1|sha256|sha512))?\.(hex|base64|base64url)$/.exec(name);
  const [, baseName = "", hash, encoding] = match ?? [];
  const base = baseName === "" ? null : definitionOf(baseName, names);
  if (base === null) return null;
  const to = encoding as BinaryEncoding;
  // A digest of a credential would let anyone guess a weak one.
  if (hash !== undefined && base.traits.has("credential")) return null;
  const places = baseName === "body" ? afterBody : base.places;
  const traits = [...base.traits].filter((trait) => trait !== "free");
  const isCredential = base.traits.has("credential");
  return text(
    (rendering) => {
      const plain = base.text(rendering);
      if (hash !== undefined) return digest(hash as Hash, plain, to);
      return isCredential && rendering.isRedacted ? plain : Buffer.from(plain).toString(to);
    },
    traits,
    places,
    base.secret,
  );
}

/** A member of the data: a string's characters, or any other value's JSON as it was published. */
function dataAt(path: readonly string[], { dataPaths }: Names): Definition {
  const index = dataPaths.add(path);
  const at = ({ event }: Rendering): string | null => dataPaths.at(index, event, event.dataJson);
  return {
    text: (rendering) => plainText(at(rendering)),
    json: (rendering) => at(rendering) ?? "null",
    traits: new Set<Trait>(["free"]),
    places: everywhere,
    secret: null,
  };
}

/** The characters of a JSON string; the JSON text of anything else; nothing for null. */
export function plainText(json: string | null): string {
  if (json === null || json === "null") return "";
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
