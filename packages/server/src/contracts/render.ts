/**
 * The only renderer. It compiles the templates of a contract into functions once, so a delivery
 * costs only string concatenations and HMACs.
 */
import {
  compileScheme,
  prepareKey,
  type CompiledScheme,
  type PreparedKey,
} from "@posthorn/consumer";
import { PosthornError } from "../errors/catalogue.ts";
import { version } from "../version.ts";
import type {
  BodyPlaceholder,
  BodyTemplate,
  Contract,
  ContractRetry,
  ContractSignature,
  HeaderPlaceholder,
} from "./contract.ts";

export type { PreparedKey } from "@posthorn/consumer";

/** The values from which a body and its headers are rendered. */
export interface RenderedEvent {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** JSON text, copied into the body byte for byte. */
  readonly dataJson: string;
}

export interface CompiledContract {
  readonly name: string;
  readonly timeoutMs: number;
  readonly retry: ContractRetry;
  /** The name of every header that the contract sets, in lower case. */
  readonly headerNames: readonly string[];
  /**
   * Returns the body as JSON text, which is the same in every attempt. The bodies of the latest
   * events are cached, so an event for many endpoints is rendered once.
   */
  renderBody(event: RenderedEvent): string;
  /**
   * Returns all headers of one attempt, as an array of alternating lower-case names and values.
   * @param attemptTimestampSeconds the time of the attempt, in Unix seconds. @param body the result
   * of `renderBody` for the same event. @param keys at least one, the current key first; a list
   * header has a signature for each.
   */
  renderHeaders(
    event: RenderedEvent,
    attemptTimestampSeconds: number,
    body: string,
    keys: readonly PreparedKey[],
  ): string[];
  /**
   * Parses an endpoint's secret for signing. Call it once per secret. @throws SignatureError
   * `secret_invalid` if this contract cannot sign with the secret.
   */
  prepareKey(secret: string): PreparedKey;
}

/** What templates can use about the program. */
export interface Sender {
  readonly version: string;
}

/** @throws PosthornError `PH_CONTRACT_INVALID` for errors that the JSON Schema cannot detect. */
export function compileContract(
  contract: Contract,
  sender: Sender = { version },
): CompiledContract {
  checkSchedule(contract);
  const renderBody = keepingLast(compileBody(contract));
  const { constants, variables } = compileHeaders(contract, sender);
  const signatures = compileSignatures(contract);
  const headerNames = [
    ...Object.keys(contract.headers),
    ...contract.signatures.map((signature) => signature.header),
  ];
  const repeated = headerNames.find((name, index) => headerNames.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(contract, `header ${repeated} is set twice`);
  const framing = headerNames.find((name) => framingHeaders.has(name));
  if (framing !== undefined) throw invalid(contract, `header ${framing} is the transport's own`);
  const keyForms = [...new Set(contract.signatures.map(({ scheme }) => scheme.keyForm))];
  return {
    name: contract.name,
    timeoutMs: contract.timeoutMs,
    retry: contract.retry,
    headerNames,
    renderBody,
    renderHeaders(event, attemptTimestampSeconds, body, keys) {
      const headers = [...constants];
      for (const { name, render } of variables) {
        headers.push(name, render(event, attemptTimestampSeconds));
      }
      const parts = { id: event.id, timestamp: attemptTimestampSeconds, body };
      for (const { compiled, names } of signatures) {
        const value = compiled.headerValue(keys, parts);
        for (const name of names) headers.push(name, value);
      }
      return headers;
    },
    prepareKey: (secret) => prepareKey(secret, keyForms),
  };
}

/**
 * How many bodies to cache. More than one, because orgs take turns and deliveries of several events
 * are interleaved.
 */
const bodiesKept = 8;

function keepingLast(render: BodyValue): BodyValue {
  const kept: { readonly event: RenderedEvent; readonly body: string }[] = [];
  let next = 0;
  return (event) => {
    for (const each of kept) if (each.event === event) return each.body;
    const body = render(event);
    kept[next] = { event, body };
    next = (next + 1) % bodiesKept;
    return body;
  };
}

/** A timestamp as bodies show it: UTC, always with three decimals. */
export function isoTimestamp(timestampMs: number): string {
  if (timestampMs !== latestIso.timestampMs) {
    latestIso = { timestampMs, text: new Date(timestampMs).toISOString() };
  }
  return latestIso.text;
}

/**
 * The latest result. It is cached, because events come in bursts, many in the same millisecond, and
 * formatting a date costs 1 µs.
 */
let latestIso = { timestampMs: 0, text: "1970-01-01T00:00:00.000Z" };

/** Headers that define where a request ends. A second one could split one request into two. */
const framingHeaders = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function invalid(contract: Contract, reason: string): PosthornError {
  return new PosthornError("PH_CONTRACT_INVALID", { contract: contract.name, reason });
}

function checkSchedule(contract: Contract): void {
  if (contract.retry.scheduleMs[0] === 0) return;
  throw invalid(contract, "its schedule must start with 0, because the first attempt is immediate");
}

type BodyValue = (event: RenderedEvent) => string;

const bodyValues: Readonly<Record<BodyPlaceholder, BodyValue>> = {
  "{event.id}": (event) => JSON.stringify(event.id),
  "{event.type}": (event) => JSON.stringify(event.type),
  // The text needs no escaping in JSON.
  "{event.timestamp}": (event) => `"${isoTimestamp(event.timestampMs)}"`,
  "{event.timestamp_seconds}": (event) => String(Math.floor(event.timestampMs / 1000)),
  "{event.data}": (event) => event.dataJson,
};

function compileBody(contract: Contract): BodyValue {
  const fragments: (string | BodyValue)[] = [];
  const append = (text: string): void => {
    const last = fragments.at(-1);
    if (typeof last === "string") fragments[fragments.length - 1] = last + text;
    else fragments.push(text);
  };
  const visit = (template: BodyTemplate): void => {
    if (typeof template === "object" && template !== null) {
      let separator = "{";
      for (const [name, member] of Object.entries(template)) {
        append(`${separator}${JSON.stringify(name)}:`);
        visit(member);
        separator = ",";
      }
      append("}");
    } else if (typeof template === "string" && isBodyPlaceholder(template)) {
      fragments.push(bodyValues[template]);
    } else {
      // A brace in a template is probably part of a misspelt placeholder, because nobody needs
      // literal braces.
      if (typeof template === "string" && /[{}]/.test(template)) {
        throw invalid(contract, `its body has ${JSON.stringify(template)}, no placeholder`);
      }
      append(JSON.stringify(template));
    }
  };
  visit(contract.body);
  return (event) => {
    let body = "";
    for (const fragment of fragments) {
      body += typeof fragment === "string" ? fragment : fragment(event);
    }
    return body;
  };
}

function isBodyPlaceholder(text: string): text is BodyPlaceholder {
  return Object.hasOwn(bodyValues, text);
}

type HeaderValue = (event: RenderedEvent, attemptTimestampSeconds: number) => string;

const headerValues: Readonly<Record<Exclude<HeaderPlaceholder, "{sender.version}">, HeaderValue>> =
  {
    "{event.id}": (event) => event.id,
    "{attempt.timestamp_seconds}": (_event, attemptTimestampSeconds) =>
      String(attemptTimestampSeconds),
  };

function compileHeaders(
  contract: Contract,
  sender: Sender,
): {
  readonly constants: readonly string[];
  readonly variables: readonly { readonly name: string; readonly render: HeaderValue }[];
} {
  const constants: string[] = [];
  const variables: { name: string; render: HeaderValue }[] = [];
  for (const [name, template] of Object.entries(contract.headers)) {
    const pieces = template
      .replaceAll("{sender.version}", () => sender.version)
      .split(/(\{[^{}]*\})/)
      .filter((piece) => piece !== "")
      .map((piece) => headerPiece(contract, piece));
    if (pieces.every((piece) => typeof piece === "string")) constants.push(name, pieces.join(""));
    else variables.push({ name, render: joined(pieces) });
  }
  return { constants, variables };
}

function headerPiece(contract: Contract, piece: string): string | HeaderValue {
  if (isHeaderPlaceholder(piece)) return headerValues[piece];
  if (/[{}]/.test(piece)) throw invalid(contract, `its headers have ${piece}, no placeholder`);
  return piece;
}

function isHeaderPlaceholder(text: string): text is keyof typeof headerValues {
  return Object.hasOwn(headerValues, text);
}

function joined(pieces: readonly (string | HeaderValue)[]): HeaderValue {
  return (event, attemptTimestampSeconds) =>
    pieces
      .map((piece) => (typeof piece === "string" ? piece : piece(event, attemptTimestampSeconds)))
      .join("");
}

interface SignatureGroup {
  readonly compiled: CompiledScheme;
  readonly names: readonly string[];
}

/**
 * Headers with the same scheme have the same value, so the value is computed once for all of them.
 */
function compileSignatures(contract: Contract): readonly SignatureGroup[] {
  const groups = new Map<string, ContractSignature[]>();
  for (const signature of contract.signatures) {
    const { algorithm, keyForm, content, encoding, form, list } = signature.scheme;
    const key = JSON.stringify([algorithm, keyForm, content, encoding, form, list]);
    groups.set(key, [...(groups.get(key) ?? []), signature]);
  }
  return [...groups.values()].map((signatures) => ({
    compiled: compileSchemeOf(contract, signatures),
    names: signatures.map((signature) => signature.header),
  }));
}

function compileSchemeOf(
  contract: Contract,
  signatures: readonly ContractSignature[],
): CompiledScheme {
  const [first] = signatures;
  if (first === undefined) throw invalid(contract, "it has no signature");
  try {
    return compileScheme(first.scheme);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(contract, `the scheme of ${first.header} is malformed: ${reason}`);
  }
}
