/** Authenticates callers of Svix's API by a bearer token. */
import type { FastifyRequest } from "fastify";
import type { Caller, Principal } from "../../model/principal.ts";
import { looksLikeToken, type Authenticator, type SvixTokens } from "../../registry/index.ts";
import { countingWrong, ownerOfKey } from "../plugins/auth.ts";
import type { RequestRates } from "../plugins/request-rates.ts";
import type { SvixGrant } from "../../registry/svix-tokens.ts";
import { Refusal } from "./errors.ts";

export interface SvixAccess {
  readonly authenticator: Authenticator;
  readonly svixTokens: SvixTokens;
  readonly rates: RequestRates;
}

export interface Allowed extends Pick<SvixGrant, "featureFlags" | "issuedAtMs"> {
  readonly principal: Principal;
}

const noToken = { featureFlags: null, issuedAtMs: null } as const;

/**
 * Finds out who makes a request, and counts it.
 *
 * @throws Refusal `authentication_failed`; PosthornError `PH_TOO_MANY_REQUESTS`,
 * `PH_TOO_MANY_WRONG_KEYS`, and those of keys and tokens.
 */
export async function allowedOf(request: FastifyRequest, access: SvixAccess): Promise<Allowed> {
  const token = bearerOf(request);
  const remembered = token === null ? null : access.authenticator.remembered(token);
  const allowed =
    remembered === null
      ? await countingWrong(request, access.rates, () => lookUp(token, request, access))
      : { principal: remembered, ...noToken };
  request.caller = allowed.principal;
  await access.rates.count(request);
  return { ...allowed, principal: principalOf(allowed.principal) };
}

interface Found extends Pick<SvixGrant, "featureFlags" | "issuedAtMs"> {
  readonly principal: Caller;
}

async function lookUp(
  token: string | null,
  request: FastifyRequest,
  access: SvixAccess,
): Promise<Found> {
  if (token === null) throw new Refusal("authentication_failed");
  if (looksLikeToken(token)) return access.svixTokens.grantOf(token);
  return { principal: await ownerOfKey(token, request, access), ...noToken };
}

function principalOf(caller: Caller): Principal {
  switch (caller.kind) {
    case "metrics":
    case "publisher":
      throw new Refusal("insufficient access");
    case "svix_api":
      return { kind: "admin", via: "svix_key", keyId: caller.keyId };
    case "admin":
    case "key":
      return caller;
  }
}

/** Svix's libraries choose a server by a suffix such as `.eu`, which is no part of the key. */
const regionSuffix = /^(testsk_[\w-]+)\.[\w-]+$/;

function bearerOf(request: FastifyRequest): string | null {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return token === undefined ? null : (regionSuffix.exec(token)?.[1] ?? token);
}
