/** Sign: builds the request for an event by the contract of its endpoint. Pure. */
import type { CompiledContract, PreparedKey } from "../../contracts/render.ts";
import type { Endpoint, EndpointSecret } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { RawHeaders } from "../ports.ts";

/** Why no request can be built, in a sentence for the endpoint's owner. */
export class UnsendableError extends Error {
  override readonly name = "UnsendableError";
}

export interface SignedRequest {
  readonly headers: RawHeaders;
  readonly body: string;
}

/**
 * @param attemptAtMs the time of this attempt. Contracts that sign a time sign this one, so that a
 * receiver can reject old requests. The event's own id and time are the same in every attempt.
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

/** Never send unsigned. */
const unreadable =
  "No secret of the endpoint can be decrypted. Check whether POSTHORN_ENCRYPTION_KEY was changed.";

/** What the endpoint's contract and settings add to each of its requests. */
interface Prepared {
  readonly custom: RawHeaders;
  readonly secrets: readonly PreparedSecret[];
  /** Prepared keys, if all secrets are valid at all times; null if any has a start or an end. */
  readonly keys: readonly PreparedKey[] | null;
}

interface PreparedSecret extends Omit<EndpointSecret, "secret"> {
  readonly key: PreparedKey;
}

/** An `Endpoint` is one immutable version of an endpoint, so this is computed once for each. */
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
 * The customer's headers without those of the contract: no custom header can replace a signature.
 */
function customHeaders(contract: CompiledContract, endpoint: Endpoint): RawHeaders {
  return Object.entries(endpoint.headers)
    .filter(([name]) => !contract.headerNames.includes(name.toLowerCase()))
    .flat();
}

function keysAt(secrets: readonly PreparedSecret[], atMs: number): readonly PreparedKey[] {
  const keys: PreparedKey[] = [];
  // If the contract has room for one signature, the first secret signs: not one that starts later.
  const later: PreparedKey[] = [];
  for (const { key, expiresAtMs, switchAtMs } of secrets) {
    if (expiresAtMs !== null && expiresAtMs <= atMs) continue;
    (switchAtMs !== null && switchAtMs > atMs ? later : keys).push(key);
  }
  keys.push(...later);
  return keys;
}
