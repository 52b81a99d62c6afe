/**
 * The signed-in session. The session itself is a cookie that scripts cannot read. Only its id is
 * stored here; it tells the server which of several cookies to use. A key's session is for all
 * tabs, a portal's only for its own tab or frame.
 */
import { ApiError, offline } from "./errors.ts";

export interface Session {
  readonly id: string;
  readonly kind: "admin" | "api_key" | "portal_link";
  readonly org_id: string | null;
  readonly role: "manage" | "read";
  readonly expires_at: string;
  readonly appearance: "auto" | "light" | "dark" | null;
}

const storageKey = "posthorn.session";
const path = "/console/session";

let sessionId: string | null = stored();

function stored(): string | null {
  try {
    return sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey);
  } catch {
    // The browser blocks storage in this frame: the session lasts until a reload.
    return null;
  }
}

function remember(session: Session): void {
  sessionId = session.id;
  try {
    if (session.kind === "portal_link") sessionStorage.setItem(storageKey, session.id);
    else localStorage.setItem(storageKey, session.id);
  } catch {
    // As above.
  }
}

function forget(): void {
  sessionId = null;
  try {
    sessionStorage.removeItem(storageKey);
    localStorage.removeItem(storageKey);
  } catch {
    // As above.
  }
}

/** The headers of every API call. */
export function sessionHeaders(): Record<string, string> {
  return sessionId === null ? {} : { "x-posthorn-session": sessionId };
}

async function call(method: string, body?: object): Promise<Session | null> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...sessionHeaders(),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw offline();
  }
  if (response.status === 204) return null;
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, Object(answer) as object);
  return answer as Session;
}

/** @throws ApiError, e.g. `PH_KEY_WRONG`, `PH_LINK_INVALID`. */
export async function signIn(given: { key: string } | { link: string }): Promise<Session> {
  const session = await call("POST", given);
  if (session === null) throw new ApiError(0, {});
  remember(session);
  return session;
}

/** @returns null if nobody is signed in. */
export async function currentSession(): Promise<Session | null> {
  if (sessionId === null) return null;
  try {
    return await call("GET");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  await call("DELETE").finally(forget);
}
