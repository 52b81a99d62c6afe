/** Sign: builds the request for an event as the endpoint's contract defines. A pure function. */
import type { CompiledContract, PreparedKey } from "../../contracts/render.ts";
import type { Endpoint, EndpointSecret } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { RawHeaders } from "../ports.ts";

/** Explains to the endpoint's owner, in one sentence, why no request can be built. */
export class UnsendableError extends Error {
  override readonly name = "UnsendableError";
}

export interface SignedRequest {
  readonly headers: RawHeaders;
  readonly body: string;
}

/**
 * @param attemptAtMs the time of this attempt. Contracts that sign a time use this value, so that a
 * receiver can reject old requests. The event's id and timestamp are the same in each attempt.
 * @throws UnsendableError if the endpoint has no secret to sign with.
 */
export function sign(
  contract: CompiledContract,
  event: PublishedEvent,
  endpoint: Endpoint,
  attemptAtMs: number,
): SignedRequest {
  const body = contract.renderBody(event);
  const { custom, secrets, keys } = preparedFor(contract, endpoint);
  const signing = keys ?? keysAt(secrets, attemptAtMs);
  if (signing.length === 0) throw new UnsendableError(unreadable);
  const signed = contract.renderHeaders(event, Math.floor(attemptAtMs / 1000), body, signing);
  return { headers: custom.length === 0 ? signed : [...custom, ...signed], body };
}

/** Without a readable secret nothing is sent, because an unsigned request must never be sent. */
const unreadable =
  "No secret of the endpoint can be decrypted. Check whether POSTHORN_ENCRYPTION_KEY was changed.";

/** The headers and keys from the endpoint's settings, ready for each of its requests. */
interface Prepared {
  readonly custom: RawHeaders;
  readonly secrets: readonly PreparedSecret[];
  /** The keys, if every secret is always valid; null if a secret has a start or an end. */
  readonly keys: readonly PreparedKey[] | null;
}

interface PreparedSecret extends Omit<EndpointSecret, "secret"> {
  readonly key: PreparedKey;
}

/**
 * An `Endpoint` object is an immutable version of an endpoint, so its headers and keys are computed
 * only once.
 */
const prepared = new WeakMap<Endpoint, Prepared>();

function preparedFor(contract: CompiledContract, endpoint: Endpoint): Prepared {
  let parts = prepared.get(endpoint);
  if (parts === undefined) {
    const secrets = endpoint.secrets.map(({ secret, ...times }) => ({
      key: contract.prepareKey(secret),
      ...times,
    }));
    const isTimed = secrets.some(
      ({ expiresAtMs, switchAtMs }) => expiresAtMs !== null || switchAtMs !== null,
    );
    const keys = isTimed ? null : secrets.map(({ key }) => key);
    parts = { custom: customHeaders(contract, endpoint), secrets, keys };
    prepared.set(endpoint, parts);
  }
  return parts;
}

/**
 * The customer's headers, without those that the contract sets, because a custom header must not
 * replace a signature.
 */
function customHeaders(contract: CompiledContract, endpoint: Endpoint): RawHeaders {
  return Object.entries(endpoint.headers)
    .filter(([name]) => !contract.headerNames.includes(name.toLowerCase()))
    .flat();
}

function keysAt(secrets: readonly PreparedSecret[], atMs: number): readonly PreparedKey[] {
  const keys: PreparedKey[] = [];
  // If the contract has room for only one signature, the first secret that has already started
  // signs.
  const later: PreparedKey[] = [];
  for (const { key, expiresAtMs, switchAtMs } of secrets) {
    if (expiresAtMs !== null && expiresAtMs <= atMs) continue;
    (switchAtMs !== null && switchAtMs > atMs ? later : keys).push(key);
  }
  keys.push(...later);
  return keys;
}
