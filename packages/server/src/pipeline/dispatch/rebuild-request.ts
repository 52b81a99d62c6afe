/**
 * Rebuilds the exact request of an earlier attempt. Requests are not stored. Signing is pure, and
 * so are transformations. So the same event, endpoint version, secrets and time produce the same
 * request.
 */
import { RenderError, type CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { RawHeaders, SignedRequest, Transformer } from "../ports.ts";
import { show, UnsendableError, type Headers, type SignedAttempt } from "./sign.ts";
import { transform } from "./transform.ts";

/** The stored facts about an attempt and its inputs. */
export interface SentFacts {
  readonly attemptId: string;
  readonly atMs: number;
  /** How long after `atMs` the request was signed: it waited for its connection. */
  readonly signedAfterMs: number;
  /** The reason why there was no response; null if there was one. */
  readonly error: string | null;
  /** The event; null if its data has been deleted. */
  readonly event: PublishedEvent | null;
  /** The endpoint's version at that time; null if Posthorn did not record versions then. */
  readonly endpoint: Endpoint | null;
  /** The version of the contract that built the request; null if it is not known. */
  readonly contractVersion: number | null;
}

/** A version of a contract, as it was when an attempt used it. */
export interface FoundVersion {
  readonly contract: CompiledContract;
  /** False if the platform now has another key than the one that signed at that time. */
  hasKeysOf(atMs: number): boolean;
}

export interface SentStore {
  /**
   * @param orgId null for any org.
   * @returns null if that org has no such attempt.
   */
  find(attemptId: string, orgId: string | null): Promise<SentFacts | null>;
}

export interface SentRequest {
  readonly attempt_id: string;
  readonly method: "POST";
  readonly url: string | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
  /** The headers whose credentials are not shown; `body` if it contains some. */
  readonly redacted: readonly string[];
  /** False if part of the request is not known, or may have been another; `note` explains why. */
  readonly is_exact: boolean;
  readonly note: string | null;
}

export interface RebuildRequestOptions {
  readonly store: SentStore;
  /** Returns a version of a contract; null if there is none. */
  contractVersion(id: number): Promise<FoundVersion | null>;
  readonly transformer?: Transformer;
  /** Returns the headers of a request as the transport sends them. */
  wireHeaders(url: string, request: SignedRequest): RawHeaders;
  /** Returns the headers of a message as a terminal gets them. */
  terminalHeaders(headers: RawHeaders): RawHeaders;
}

/** Returns the request of an attempt; null if there is no such attempt. */
export type RebuildRequest = (
  attemptId: string,
  orgId: string | null,
) => Promise<SentRequest | null>;

export function createRebuildRequest(options: RebuildRequestOptions): RebuildRequest {
  return async (attemptId, orgId) => {
    const facts = await options.store.find(attemptId, orgId);
    if (facts === null) return null;
    const { contractVersion: version } = facts;
    const found = version === null ? null : await options.contractVersion(version);
    const shaped = await shapedAgain(options.transformer, facts);
    if (typeof shaped === "string") return unknown(facts, shaped);
    return rebuildRequest(options, { ...facts, ...shaped }, found);
  };
}

/** Lets the transformation of that time shape the event again; or says why nothing was sent. */
async function shapedAgain(
  transformer: Transformer | undefined,
  { event, endpoint }: SentFacts,
): Promise<{ readonly event: PublishedEvent | null; readonly headersAdded?: Headers } | string> {
  const { transformation = null } = endpoint ?? {};
  if (event === null || endpoint === null || transformation === null) return { event };
  const shaped = await transform(transformer, event, endpoint, transformation);
  const { error } = shaped;
  if (error === undefined) return shaped;
  if (error.class === "stalled") {
    return "The transformation could not run again just now, so the request is not known.";
  }
  return `${error.message} Nothing was sent.`;
}

function rebuildRequest(
  options: RebuildRequestOptions,
  facts: SentFacts & { readonly headersAdded?: Headers },
  found: FoundVersion | null,
): SentRequest {
  const { endpoint, event } = facts;
  if (endpoint === null) {
    return unknown(facts, "Posthorn did not record endpoint versions at the time of this attempt.");
  }
  if (event === null) {
    return unknown(
      facts,
      "The event's data has been deleted, so the body and the signature are unknown.",
    );
  }
  if (found === null) {
    return unknown(facts, `This version of the contract ${endpoint.contract} is not known.`);
  }
  const { contract } = found;
  if (endpoint.secrets.length === 0 && contract.secretNames.length > 0) {
    const note = "The secret that signed the request has been deleted, so the headers are unknown.";
    const body = builtOrReason(() => ({ shared: contract.sharedBody(event) }));
    if (typeof body === "string") return unknown(facts, body);
    return { ...unknown(facts, note), body: body.shared };
  }
  const shown = builtOrReason(() =>
    show(contract, event, endpoint, attemptOf(facts), facts.headersAdded),
  );
  if (typeof shown === "string") return unknown(facts, shown);
  const { headers, body, redacted } = shown;
  const { url } = endpoint;
  const isUnsent = beforeSending.has(facts.error ?? "");
  const isUnchanged = found.hasKeysOf(facts.atMs);
  return {
    attempt_id: facts.attemptId,
    method: "POST",
    url,
    headers: pairs(
      url === null ? options.terminalHeaders(headers) : options.wireHeaders(url, { headers, body }),
    ),
    body,
    redacted,
    is_exact: isUnchanged,
    note: !isUnchanged ? changedSince : url === null ? toTerminal : isUnsent ? notSent : null,
  };
}

/** The request, or the reason why none could be built; then the attempt sent nothing. */
function builtOrReason<Built extends object>(build: () => Built): Built | string {
  try {
    return build();
  } catch (error) {
    if (error instanceof UnsendableError || error instanceof RenderError) return error.message;
    throw error;
  }
}

/** An attempt's id contains its delivery's id and its number. */
function attemptOf({ attemptId, atMs, signedAfterMs }: SentFacts): SignedAttempt {
  const number = Number.parseInt(attemptId.slice(34), 16);
  return { deliveryId: `${attemptId.slice(0, 34)}00`, number, atMs: atMs + signedAfterMs };
}

const changedSince =
  "The platform's keys changed after this attempt. This is the request as they sign it now.";
const notSent = "No connection was established, so this request was not sent.";
const toTerminal = "A terminal got this request, and forwarded it to a URL of its own.";

/** Classes of errors that occur before the request is sent. */
const beforeSending: ReadonlySet<string> = new Set(["address", "dns", "connect", "tls"]);

function unknown(facts: SentFacts, note: string): SentRequest {
  return {
    attempt_id: facts.attemptId,
    method: "POST",
    url: facts.endpoint?.url ?? null,
    headers: [],
    body: null,
    redacted: [],
    is_exact: false,
    note,
  };
}

function pairs(headers: RawHeaders): SentRequest["headers"] {
  const found: { name: string; value: string }[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    found.push({ name: headers[index] ?? "", value: headers[index + 1] ?? "" });
  }
  return found;
}
