/**
 * The cookie of a console session.
 *
 * Browsers send cookies automatically, even if another site makes the request. So a cookie alone
 * does not authenticate: the request must also name its session in `x-posthorn-session`. A page of
 * another site could send that header only after a preflight, and Posthorn's response to it never
 * allows cookies. The browser's origin headers must match as well. Naming the session also
 * separates tabs, e.g. an operator's session and the portals of two customers.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { isUuid } from "../../model/id.ts";
import type { OpenedSession, Session, Sessions } from "../../registry/sessions.ts";

export const sessionHeader = "x-posthorn-session";

export interface SessionDependencies {
  readonly sessions: Sessions;
  /** The console's public URL. */
  publicUrl(): string;
}

function cookieName(sessionId: string): string {
  return `posthorn_${sessionId}`;
}

/**
 * @returns null if the request does not name a session.
 * @throws PosthornError `PH_SESSION_OVER`, `PH_ORIGIN_WRONG`.
 */
export async function sessionOf(
  request: FastifyRequest,
  { sessions, publicUrl }: SessionDependencies,
): Promise<Session | null> {
  const id = request.headers[sessionHeader];
  if (id === undefined) return null;
  if (!isFromOwnPage(request, publicUrl())) throw new PosthornError("PH_ORIGIN_WRONG");
  const token = typeof id === "string" && isUuid(id) ? request.cookies[cookieName(id)] : undefined;
  const session = token === undefined ? null : await sessions.find(id as string, token);
  if (session === null) throw new PosthornError("PH_SESSION_OVER");
  return session;
}

/**
 * Returns whether a page of the console made the request. Browsers send the origin. Programs that
 * do not send it have no cookies to abuse. Two origins are allowed: that of the public URL,
 * whatever Host a proxy passes on (nginx sends its upstream's name by default), and the one that
 * the request was sent to.
 */
export function isFromOwnPage(request: FastifyRequest, publicUrl: string): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const { origin } = request.headers;
  if (origin === undefined) return true;
  const from = urlOf(origin);
  if (from === null) return false;
  // X-Forwarded-Host counts only if the proxy is trusted.
  const cameTo = urlOf(`${from.protocol}//${request.host}`);
  return from.host === cameTo?.host || from.origin === urlOf(publicUrl)?.origin;
}

/**
 * Catches the error of `new URL`, because `URL.canParse` returns wrong results for some letters
 * once Node 20.20 has optimised it.
 */
function urlOf(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/**
 * @param isSecure whether the console uses https. Only with https can a portal's cookie work in a
 * frame on another site: browsers require Secure there, and keep a separate cookie for each
 * embedding site.
 */
export function setSessionCookie(
  reply: FastifyReply,
  session: OpenedSession,
  isSecure: boolean,
): void {
  const { principal } = session;
  const mayBeFramed = principal.kind === "key" && principal.via === "portal_link";
  reply.setCookie(cookieName(session.id), session.token, {
    path: "/",
    httpOnly: true,
    expires: new Date(session.expiresAtMs),
    ...(isSecure ? { secure: true } : {}),
    ...(isSecure && mayBeFramed ? { sameSite: "none", partitioned: true } : { sameSite: "strict" }),
  });
}

export function clearSessionCookie(reply: FastifyReply, sessionId: string): void {
  reply.clearCookie(cookieName(sessionId), { path: "/" });
}
