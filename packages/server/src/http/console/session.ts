/** Signs in to the console, signs out, and returns the current session. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { orgIdText } from "../../model/org-id.ts";
import type { KeyPrincipal } from "../../model/principal.ts";
import type { Authenticator } from "../../registry/api-keys.ts";
import { apiTimestamp } from "../../postgres/timestamp.ts";
import type { Appearance, Session } from "../../registry/sessions.ts";
import { countingWrong, ownerOfKey } from "../plugins/auth.ts";
import type { RequestRates } from "../plugins/request-rates.ts";
import {
  clearSessionCookie,
  isFromOwnPage,
  sessionOf,
  setSessionCookie,
  type SessionDependencies,
} from "../plugins/session-cookie.ts";

export interface SessionRouteDependencies extends SessionDependencies {
  readonly authenticator: Authenticator;
  readonly rates: RequestRates;
  /** Whether the console uses https. */
  readonly isSecure: boolean;
}

const path = "/console/session";

export function registerSessionRoutes(
  app: FastifyInstance,
  dependencies: SessionRouteDependencies,
): void {
  app.post(path, async (request, reply) => {
    reply.header("cache-control", "no-store");
    return countingWrong(request, dependencies.rates, () => signIn(request, reply, dependencies));
  });
  app.get(path, async (request, reply) => {
    reply.header("cache-control", "no-store");
    const session = await sessionOf(request, dependencies);
    if (session === null) throw new PosthornError("PH_SESSION_OVER");
    return describe(session, null);
  });
  app.delete(path, async (request, reply) => {
    const session = await sessionOf(request, dependencies);
    if (session !== null) {
      await dependencies.sessions.close(session.id);
      clearSessionCookie(reply, session.id);
    }
    return reply.code(204).send();
  });
}

async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { authenticator, sessions, rates, isSecure, publicUrl }: SessionRouteDependencies,
): Promise<unknown> {
  // Without this check, another site could sign visitors in to an account of its own and watch what
  // they do.
  if (!isFromOwnPage(request, publicUrl())) throw new PosthornError("PH_ORIGIN_WRONG");
  const { key, link } = Object(request.body) as { key?: unknown; link?: unknown };
  if (typeof link === "string") {
    await rates.checkAddress(request);
    const { session, appearance } = await sessions.openLink(link, request.ip);
    setSessionCookie(reply, session, isSecure);
    return describe(session, appearance);
  }
  if (typeof key !== "string" || key === "") throw new PosthornError("PH_KEY_MISSING");
  const principal = await ownerOfKey(key, request, { authenticator, rates });
  const session = await sessions.open(principal, request.ip);
  setSessionCookie(reply, session, isSecure);
  return describe(session, null);
}

function describe(session: Session, appearance: Appearance | null) {
  return {
    id: session.id,
    ...whoIs(session.principal),
    expires_at: apiTimestamp(session.expiresAtMs),
    appearance,
    return_url: session.returnUrl,
  };
}

function whoIs(principal: KeyPrincipal) {
  if (principal.kind === "admin") return { kind: "admin", org_id: null, role: "manage" };
  const { orgId: id, orgExternalId: externalId, via, role } = principal;
  return { kind: via, org_id: orgIdText({ id, externalId }), role };
}
