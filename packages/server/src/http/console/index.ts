/** The console: its page, and the session that it works in. It reads and writes by `rest/` only. */
import cookie from "@fastify/cookie";
import type { FastifyInstance } from "fastify";
import { registerPage, type PageOptions } from "./page.ts";
import { registerSessionRoutes, type SessionRouteParts } from "./session.ts";

export interface ConsoleParts extends SessionRouteParts {
  readonly page: PageOptions;
}

export async function registerConsole(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  registerSessionRoutes(app, parts);
  await registerPage(app, parts.page);
}

/** Before everything that may be asked with a session. */
export async function takeCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
}
