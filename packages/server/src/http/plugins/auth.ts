/**
 * Who is asking: a key or a token in `Authorization: Bearer` or in `apikey`, as supabase-js sends
 * it, or a session of the console in a cookie.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import type { Authenticator } from "../../registry/api-keys.ts";
import type { Sessions } from "../../registry/sessions.ts";
import { looksLikeToken, type TokenVerifier } from "../../registry/tokens.ts";
import { sessionOf } from "./session-cookie.ts";

const principals = new WeakMap<FastifyRequest, Principal>();

/** The principal of a request that passed `authenticate`. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error("This route does not authenticate.");
  return principal;
}

export interface AuthenticateParts {
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  /** Null: a token is a wrong key like any other. */
  readonly tokens: TokenVerifier | null;
}

/**
 * An `onRequest` hook.
 *
 * @throws PosthornError `PH_KEY_MISSING`, `PH_KEY_WRONG`, `PH_KEY_EXPIRED`, `PH_SESSION_OVER`,
 *   `PH_TOKEN_…`: 401, with `WWW-Authenticate` (RFC 6750, section 3).
 */
export function authenticate(
  parts: AuthenticateParts,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const key = keyOf(request);
    if (key === null) {
      const session = await sessionOf(request, parts.sessions);
      if (session !== null) {
        principals.set(request, session.principal);
        return;
      }
      reply.header("www-authenticate", "Bearer");
      throw new PosthornError("PH_KEY_MISSING");
    }
    try {
      const principal = await ownerOf(key, parts);
      if (principal === null) throw new PosthornError("PH_KEY_WRONG");
      principals.set(request, principal);
    } catch (error) {
      if (error instanceof PosthornError && error.status === 401) {
        reply.header("www-authenticate", 'Bearer error="invalid_token"');
      }
      throw error;
    }
  };
}

/** An admin key may look like a token: some will take a token for it that they have already. */
function ownerOf(
  key: string,
  { authenticator, tokens }: AuthenticateParts,
): Promise<Principal | null> {
  const isToken = tokens !== null && looksLikeToken(key) && !authenticator.isAdminKey(key);
  return isToken ? tokens.principalOf(key) : authenticator.principalOf(key);
}

/** The bearer token wins: supabase-js puts the key of the session there and leaves `apikey` be. */
function keyOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const header = request.headers["apikey"];
  return typeof header === "string" && header !== "" ? header : null;
}
