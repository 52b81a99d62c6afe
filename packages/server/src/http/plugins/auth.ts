/**
 * Authenticates a request by a key or token in `Authorization: Bearer` or in `apikey` (as
 * supabase-js sends it), or by the cookie of a console session.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import type { ApiCaller, Caller, KeyOwner, Principal } from "../../model/principal.ts";
import type { Authenticator } from "../../registry/api-keys.ts";
import { looksLikeToken, type TokenVerifier } from "../../registry/tokens.ts";
import type { RequestRates } from "./request-rates.ts";
import { sessionOf, type SessionDependencies } from "./session-cookie.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Null before `authenticate`. Use `callerOf` or `principalOf` to read it. */
    caller: Caller | null;
  }
}

/** Adds the field `caller` to every request. */
export function takeCallers(app: FastifyInstance): void {
  app.decorateRequest("caller", null);
}

/** Returns the caller of a request that has passed `authenticate`. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller == null) throw new Error("This route does not authenticate.");
  return caller;
}

/**
 * Returns the caller if it may use the API.
 *
 * @throws PosthornError `PH_METRICS_KEY`, `PH_SVIX_KEY`
 */
export function apiCallerOf(request: FastifyRequest): ApiCaller {
  const caller = callerOf(request);
  if (caller.kind === "metrics") throw new PosthornError("PH_METRICS_KEY");
  if (caller.kind === "svix_api") throw new PosthornError("PH_SVIX_KEY");
  return caller;
}

/**
 * Returns the caller if it may do more than publish.
 *
 * @throws PosthornError `PH_METRICS_KEY`, `PH_PUBLISH_ALL_KEY`
 */
export function principalOf(request: FastifyRequest): Principal {
  const caller = apiCallerOf(request);
  if (caller.kind === "publisher") throw new PosthornError("PH_PUBLISH_ALL_KEY");
  return caller;
}

export type Authenticate = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export interface AuthenticateDependencies extends SessionDependencies {
  readonly authenticator: Authenticator;
  /** If null, a token is treated like a wrong key. */
  readonly tokens: TokenVerifier | null;
  readonly rates: RequestRates;
}

/**
 * An `onRequest` hook that accepts any caller. All routes except `/metrics` use `authenticate`.
 * @throws PosthornError `PH_KEY_MISSING`, `PH_KEY_WRONG`, `PH_KEY_EXPIRED`, `PH_SESSION_OVER`,
 * `PH_TOKEN_…`: 401, with `WWW-Authenticate` (RFC 6750, section 3). `PH_TOO_MANY_REQUESTS`,
 * `PH_TOO_MANY_WRONG_KEYS`: 429 (RFC 6585, section 4).
 */
export function authenticateAny(dependencies: AuthenticateDependencies): Authenticate {
  return async (request, reply) => {
    const key = keyOf(request);
    const remembered = key === null ? null : dependencies.authenticator.remembered(key);
    request.caller = remembered ?? (await whoAsks(key, request, reply, dependencies));
    await dependencies.rates.count(request);
  };
}

/** @throws PosthornError `PH_METRICS_KEY`, `PH_SVIX_KEY`, and those of `authenticateAny`. */
export function authenticate(dependencies: AuthenticateDependencies): Authenticate {
  const letIn = authenticateAny(dependencies);
  return async (request, reply) => {
    await letIn(request, reply);
    apiCallerOf(request);
  };
}

async function whoAsks(
  key: string | null,
  request: FastifyRequest,
  reply: FastifyReply,
  dependencies: AuthenticateDependencies,
): Promise<Caller> {
  if (key === null) {
    const session = await sessionOf(request, dependencies);
    if (session !== null) return session.principal;
    reply.header("www-authenticate", "Bearer");
    throw new PosthornError("PH_KEY_MISSING");
  }
  try {
    return await countingWrong(request, dependencies.rates, () =>
      ownerOf(key, request, dependencies),
    );
  } catch (error) {
    if (isRefusal(error)) reply.header("www-authenticate", 'Bearer error="invalid_token"');
    throw error;
  }
}

/**
 * The admin key is compared first, because it may look like a token: some operators use an existing
 * token as admin key.
 */
function ownerOf(
  key: string,
  request: FastifyRequest,
  { authenticator, tokens, rates }: AuthenticateDependencies,
): Promise<Caller> {
  const isToken = tokens !== null && looksLikeToken(key) && !authenticator.isAdminKey(key);
  if (isToken) return tokens.principalOf(key);
  return ownerOfKey(key, request, { authenticator, rates });
}

/**
 * @throws PosthornError `PH_KEY_WRONG`, `PH_KEY_EXPIRED`, `PH_TOO_MANY_WRONG_KEYS`
 */
export async function ownerOfKey(
  key: string,
  request: FastifyRequest,
  { authenticator, rates }: Pick<AuthenticateDependencies, "authenticator" | "rates">,
): Promise<KeyOwner> {
  const principal = await authenticator.principalOf(key, () => rates.checkAddress(request));
  if (principal === null) throw new PosthornError("PH_KEY_WRONG");
  return principal;
}

/** If `letIn` rejects the key, counts a wrong key against the client's address. */
export async function countingWrong<Result>(
  request: FastifyRequest,
  rates: RequestRates,
  letIn: () => Promise<Result>,
): Promise<Result> {
  try {
    return await letIn();
  } catch (error) {
    if (isRefusal(error)) await rates.countWrongKey(request);
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof PosthornError && error.status === 401;
}

/**
 * The bearer token takes precedence: supabase-js puts the session's token there and leaves `apikey`
 * unchanged.
 */
function keyOf(request: FastifyRequest): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const header = request.headers["apikey"];
  return typeof header === "string" && header !== "" ? header : null;
}
