/** The console: its page and its session. It reads and writes only through `rest/`. */
import cookie from "@fastify/cookie";
import type { FastifyInstance } from "fastify";
import { registerPage, type PageOptions } from "./page.ts";
import { registerSessionRoutes, type SessionRouteDependencies } from "./session.ts";

export interface ConsoleDependencies extends SessionRouteDependencies {
  readonly page: PageOptions;
}

export async function registerConsole(
  app: FastifyInstance,
  dependencies: ConsoleDependencies,
): Promise<void> {
  registerSessionRoutes(app, dependencies);
  await registerPage(app, dependencies.page);
}

/** Registered before all routes that accept a session. */
export async function takeCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
}
