/** Sign: an event becomes the request that its endpoint's contract asks for. Pure. */
import type { CompiledContract, PreparedKey } from "../contracts/render.ts";
import type { Endpoint, EndpointSecret } from "../model/endpoint.ts";
import type { PublishedEvent } from "../model/event.ts";
import type { RawHeaders } from "./ports.ts";

export interface SignedRequest {
  readonly headers: RawHeaders;
  readonly body: string;
}

/**
 * @param attemptAtMs the time of this attempt: signed where the contract signs a time, so that a
 *   receiver can refuse what is old. The event's own id and time are the same in every attempt.
 * @throws Error if the endpoint has no secret to sign with.
 */
export function sign(
  contract: CompiledContract,
  event: PublishedEvent,
  endpoint: Endpoint,
  attemptAtMs: number,
): SignedRequest {
  const body = renderedBody(contract, event);
  const keys = preparedKeys(contract, endpoint, attemptAtMs);
  const signed = contract.renderHeaders(event, Math.floor(attemptAtMs / 1000), body, keys);
  const custom = customHeaders(contract, endpoint);
  return { headers: custom.length === 0 ? signed : [...custom, ...signed], body };
}

/** An `Endpoint` is one version of an endpoint and never changes: this is made once for each. */
const customHeadersOf = new WeakMap<Endpoint, RawHeaders>();

/** Those that a customer set, but for the contract's: none can stand in for a signature. */
function customHeaders(contract: CompiledContract, endpoint: Endpoint): RawHeaders {
  let custom = customHeadersOf.get(endpoint);
  if (custom === undefined) {
    custom = Object.entries(endpoint.headers)
      .filter(([name]) => !contract.headerNames.includes(name.toLowerCase()))
      .flat();
    customHeadersOf.set(endpoint, custom);
  }
  return custom;
}

/** An event that goes to a thousand endpoints by one contract is rendered once. */
const bodies = new WeakMap<PublishedEvent, { contract: CompiledContract; body: string }>();

function renderedBody(contract: CompiledContract, event: PublishedEvent): string {
  const last = bodies.get(event);
  if (last?.contract === contract) return last.body;
  const body = contract.renderBody(event);
  bodies.set(event, { contract, body });
  return body;
}

/** Unsigned is nothing sent. */
const unreadable =
  "The endpoint has no secret that can be read; was POSTHORN_ENCRYPTION_KEY changed?";

interface PreparedSecret extends Omit<EndpointSecret, "secret"> {
  readonly key: PreparedKey;
}

/** Its keys are parsed once, too. */
const preparedSecrets = new WeakMap<Endpoint, readonly PreparedSecret[]>();

function preparedKeys(
  contract: CompiledContract,
  endpoint: Endpoint,
  atMs: number,
): readonly PreparedKey[] {
  let secrets = preparedSecrets.get(endpoint);
  if (secrets === undefined) {
    secrets = endpoint.secrets.map(({ secret, ...times }) => ({
      key: contract.prepareKey(secret),
      ...times,
    }));
    preparedSecrets.set(endpoint, secrets);
  }
  const keys: PreparedKey[] = [];
  // The first one signs where there is room for one: not a secret that begins later.
  const later: PreparedKey[] = [];
  for (const { key, expiresAtMs, switchAtMs } of secrets) {
    if (expiresAtMs !== null && expiresAtMs <= atMs) continue;
    (switchAtMs !== null && switchAtMs > atMs ? later : keys).push(key);
  }
  keys.push(...later);
  if (keys.length === 0) throw new Error(unreadable);
  return keys;
}
