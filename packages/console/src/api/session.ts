/**
 * The signed-in session. The session itself is a cookie that scripts cannot read. Only its id is
 * stored here; it tells the server which of several cookies to use.
 *
 * All tabs of a browser share the stored sessions, so a link that is opened in a new tab needs no
 * new sign-in. An operator and users of several orgs can be signed in at the same time. So each tab
 * keeps its own session, and a new tab uses the latest session that may see its URL.
 */
import { ApiError, offline } from "./errors.ts";

export interface Session {
  readonly id: string;
  readonly kind: "admin" | "api_key" | "portal_link";
  readonly org_id: string | null;
  readonly role: "manage" | "read";
  readonly expires_at: string;
  readonly appearance: "auto" | "light" | "dark" | null;
  /** The page of the platform from which a portal's user came, or null if it is unknown. */
  readonly return_url: string | null;
}

type Stored = Pick<Session, "id" | "kind" | "org_id" | "return_url">;

const ofBrowser = "posthorn.sessions";
const ofTab = "posthorn.session";
const storedMax = 20;
const path = "/console/session";

/** If the browser blocks storage in this frame, the session is lost at a reload. */
const storage = {
  read(of: "localStorage" | "sessionStorage", name: string): string | null {
    try {
      return globalThis[of].getItem(name);
    } catch {
      return null;
    }
  },
  write(of: "localStorage" | "sessionStorage", name: string, value: string): void {
    try {
      globalThis[of].setItem(name, value);
    } catch {
      // The session is then kept only in memory.
    }
  },
};

let current: Stored | null = chosen();

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** The stored sessions, oldest first. */
function storedSessions(): readonly Stored[] {
  const found = parsed(storage.read("localStorage", ofBrowser));
  return Array.isArray(found) ? (found as Stored[]) : [];
}

function chosen(): Stored | null {
  const orgId = /^\/orgs\/([^/]+)/.exec(location.pathname)?.[1];
  const maySee = (each: Stored): boolean =>
    orgId === undefined || each.org_id === null || each.org_id === orgId;
  const newestFirst = storedSessions().toReversed();
  // Keeps the whole session, because the page must know where its user came from even if another
  // tab has signed out.
  const own = parsed(storage.read("sessionStorage", ofTab)) as Stored | null;
  if (own !== null && maySee(own)) return own;
  return newestFirst.find(maySee) ?? own ?? newestFirst[0] ?? null;
}

function remember({ id, kind, org_id, return_url }: Session): void {
  current = { id, kind, org_id, return_url };
  const others = storedSessions().filter((each) => each.id !== id);
  const kept = [...others, current].slice(-storedMax);
  storage.write("localStorage", ofBrowser, JSON.stringify(kept));
  storage.write("sessionStorage", ofTab, JSON.stringify(current));
}

function forget(): void {
  const kept = storedSessions().filter((each) => each.id !== current?.id);
  current = null;
  storage.write("localStorage", ofBrowser, JSON.stringify(kept));
  storage.write("sessionStorage", ofTab, "");
}

/** The headers of every API call. */
export function sessionHeaders(): Record<string, string> {
  return current === null ? {} : { "x-posthorn-session": current.id };
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

/** Returns the current session, or null. Removes the stored session if it has ended. */
export async function currentSession(): Promise<Session | null> {
  if (current === null) return null;
  try {
    const session = await call("GET");
    if (session !== null) remember(session);
    return session;
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error;
    const { kind, return_url } = current;
    forget();
    current = chosen();
    const other = await currentSession();
    ended = other === null && kind === "portal_link" ? { returnUrl: return_url } : null;
    return other;
  }
}

/** A portal session that has ended in this tab. Its user has no key with which to sign in again. */
let ended: { readonly returnUrl: string | null } | null = null;

export function endedPortal(): { readonly returnUrl: string | null } | null {
  return ended;
}

export async function signOut(): Promise<void> {
  if (current?.kind === "portal_link") ended = { returnUrl: current.return_url };
  await call("DELETE").finally(forget);
}
