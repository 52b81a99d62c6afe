/** Who is asking: a key in `Authorization: Bearer` or in `apikey`, as supabase-js sends it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import type { Authenticator } from "../../registry/api-keys.ts";

const principals = new WeakMap<FastifyRequest, Principal>();

/** The principal of a request that passed `authenticate`. */
export function principalOf(request: FastifyRequest): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new Error("This route does not authenticate.");
  return principal;
}

/**
 * An `onRequest` hook.
 *
 * @throws PosthornError `PH_KEY_MISSING`, `PH_KEY_WRONG`: 401, with `WWW-Authenticate`.
 */
export function authenticate(
  authenticator: Authenticator,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    const key = keyOf(request);
    if (key === null) {
      reply.header("www-authenticate", "Bearer");
      throw new PosthornError("PH_KEY_MISSING");
    }
    const principal = await authenticator.principalOf(key);
    if (principal === null) {
      reply.header("www-authenticate", 'Bearer error="invalid_token"');
      throw new PosthornError("PH_KEY_WRONG");
    }
    principals.set(request, principal);
  };
}

/** The bearer token wins: supabase-js puts the key of the session there and leaves `apikey` be. */
function keyOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const header = request.headers["apikey"];
  return typeof header === "string" && header !== "" ? header : null;
}
