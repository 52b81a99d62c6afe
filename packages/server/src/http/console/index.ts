/** The console's page and sessions. The page reads and writes only through the API in `rest/`. */
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

/** Must be called before any route that accepts a session is registered. */
export async function takeCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
}
