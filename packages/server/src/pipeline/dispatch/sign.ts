/** Sign: builds the request for an event as the endpoint's contract defines. A pure function. */
import {
  KeyError,
  RenderError,
  type CompiledContract,
  type EndpointKey,
  type Keys,
  type RenderedAttempt,
  type ShownRequest,
} from "../../contracts/render.ts";
import { isCredentialHeader, redaction } from "../../model/credential-headers.ts";
import type { Endpoint, EndpointSecret } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { RawHeaders, SignedRequest } from "../ports.ts";

/** Explains to the endpoint's owner, in one sentence, why no request can be built. */
export class UnsendableError extends Error {
  override readonly name = "UnsendableError";
  /** True if the published data is the reason, so that every further attempt would fail, too. */
  readonly isByData: boolean;

  constructor(message: string, isByData = false) {
    super(message);
    this.isByData = isByData;
  }
}

export type Headers = Readonly<Record<string, string>>;
export const noHeaders: Headers = Object.freeze({});

export interface SignedAttempt {
  readonly deliveryId: string;
  /** 1 for a delivery's first attempt. */
  readonly number: number;
  /**
   * When the request is signed. Contracts that sign a time use this value, so that a receiver can
   * reject old requests. The event's id and timestamp are the same in each attempt.
   */
  readonly atMs: number;
}

/**
 * @param headersAdded the headers that the endpoint's transformation returned.
 * @throws UnsendableError if the endpoint lacks a secret, or cannot send the data.
 */
export function sign(
  contract: CompiledContract,
  event: PublishedEvent,
  endpoint: Endpoint,
  attempt: SignedAttempt,
  headersAdded: Headers = noHeaders,
): SignedRequest {
  const { custom, keys, rendered } = readyFor(contract, event, endpoint, attempt, headersAdded);
  const { headers, body } = renderedOrUnsendable(() => contract.render(rendered, keys));
  return { headers: custom.length === 0 ? headers : [...custom, ...headers], body };
}

/**
 * The same request for display: the same signatures, without credentials, neither those of the
 * contract nor those in the endpoint's own headers.
 */
export function show(
  contract: CompiledContract,
  event: PublishedEvent,
  endpoint: Endpoint,
  attempt: SignedAttempt,
  headersAdded: Headers = noHeaders,
): ShownRequest {
  const { custom, keys, rendered } = readyFor(contract, event, endpoint, attempt, headersAdded);
  const shown = renderedOrUnsendable(() => contract.show(rendered, keys));
  const hidden = custom.filter((text, at) => at % 2 === 0 && isCredentialHeader(text));
  const own = custom.map((text, at) =>
    at % 2 === 1 && isCredentialHeader(custom[at - 1] ?? "") ? redaction : text,
  );
  const redacted = [...hidden, ...shown.redacted];
  return { ...shown, headers: [...own, ...shown.headers], redacted };
}

function renderedOrUnsendable<Request>(render: () => Request): Request {
  try {
    return render();
  } catch (error) {
    if (error instanceof RenderError) throw new UnsendableError(error.message, error.isByData);
    throw error;
  }
}

function readyFor(
  contract: CompiledContract,
  event: PublishedEvent,
  endpoint: Endpoint,
  { deliveryId, number, atMs }: SignedAttempt,
  headersAdded: Headers,
): { readonly custom: RawHeaders; readonly keys: Keys; readonly rendered: RenderedAttempt } {
  const { custom, secrets, keys: always } = preparedFor(contract, endpoint);
  const keys = always ?? keysAt(secrets, atMs);
  for (const name of contract.secretNames) {
    if (!keys.has(name)) {
      throw new UnsendableError(endpoint.secrets.length === 0 ? unreadable : lacks(name));
    }
  }
  const rendered = { event, endpoint, deliveryId, number, atMs };
  if (headersAdded === noHeaders) return { custom, keys, rendered };
  return { custom: customHeaders(contract, endpoint.headers, headersAdded), keys, rendered };
}

/** Without a readable secret nothing is sent, because an unsigned request must never be sent. */
const unreadable =
  "No secret of the endpoint can be decrypted. Check whether POSTHORN_ENCRYPTION_KEY was changed.";

function lacks(name: string): string {
  return `The endpoint has no secret ${name} in the form that its contract needs.`;
}

/** The headers and keys from the endpoint's settings, ready for each of its requests. */
interface Prepared {
  /** The platform may change the contract while the endpoint stays as it is. */
  readonly contract: CompiledContract;
  readonly custom: RawHeaders;
  readonly secrets: readonly PreparedSecret[];
  /** The keys, if every secret is always valid; null if a secret has a start or an end. */
  readonly keys: Keys | null;
}

interface PreparedSecret extends Omit<EndpointSecret, "secret" | "name"> {
  readonly name: string;
  readonly key: EndpointKey;
}

/**
 * An `Endpoint` object is an immutable version of an endpoint, so its headers and keys are computed
 * only once.
 */
const prepared = new WeakMap<Endpoint, Prepared>();

function preparedFor(contract: CompiledContract, endpoint: Endpoint): Prepared {
  let parts = prepared.get(endpoint);
  if (parts?.contract !== contract) {
    const secrets = endpoint.secrets.flatMap((secret) => usable(contract, secret));
    const isTimed = secrets.some(
      ({ expiresAtMs, switchAtMs }) => expiresAtMs !== null || switchAtMs !== null,
    );
    const keys = isTimed ? null : byName(secrets);
    parts = { contract, custom: customHeaders(contract, endpoint.headers), secrets, keys };
    prepared.set(endpoint, parts);
  }
  return parts;
}

/**
 * Ignores a secret that the contract cannot use: an earlier secret may have another form than the
 * contract needs now, and must not prevent the current one from signing.
 */
function usable(
  contract: CompiledContract,
  { name, secret, ...times }: EndpointSecret,
): readonly PreparedSecret[] {
  const ownName = name ?? contract.firstSecret;
  try {
    return [{ name: ownName, key: contract.prepareKey(ownName, secret), ...times }];
  } catch (error) {
    if (error instanceof KeyError) return [];
    throw error;
  }
}

/**
 * Returns the customer's headers without those that the contract sets, because a custom header must
 * not replace a signature.
 * @param added those of the transformation, which replace the endpoint's own.
 */
function customHeaders(
  contract: CompiledContract,
  headers: Headers,
  added: Headers = noHeaders,
): RawHeaders {
  const replaced = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const own = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return [...own, ...Object.entries(added)]
    .filter(([name]) => !contract.headerNames.includes(name.toLowerCase()))
    .flat();
}

function keysAt(secrets: readonly PreparedSecret[], atMs: number): Keys {
  const started: PreparedSecret[] = [];
  // If the contract allows only one signature, it uses the first secret that has already started.
  const later: PreparedSecret[] = [];
  for (const secret of secrets) {
    const { expiresAtMs, switchAtMs } = secret;
    if (expiresAtMs !== null && expiresAtMs <= atMs) continue;
    (switchAtMs !== null && switchAtMs > atMs ? later : started).push(secret);
  }
  return byName([...started, ...later]);
}

function byName(secrets: readonly PreparedSecret[]): Keys {
  const keys = new Map<string, EndpointKey[]>();
  for (const { name, key } of secrets) {
    const named = keys.get(name);
    if (named === undefined) keys.set(name, [key]);
    else named.push(key);
  }
  return keys;
}
