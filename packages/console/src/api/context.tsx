/** Provides the signed-in session to all components. */
import { createContext, useContext } from "react";
import type { Session } from "./session.ts";

export interface SessionState {
  readonly session: Session;
  /** Signs out, and opens the page that asks for a key. */
  signOut(): void;
}

const SessionContext = createContext<SessionState | null>(null);

export const SessionProvider = SessionContext.Provider;

export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (state === null) throw new Error("Nobody is signed in here.");
  return state;
}

/** Whether the signed-in user may make changes, or only read. */
export function useMayChange(): boolean {
  return useSession().session.role === "manage";
}
