/** Records the application's routes as they are registered. */
import type { FastifyInstance } from "fastify";

export interface RouteName {
  readonly method: string;
  /** With parameters as `:name` and `*`. */
  readonly url: string;
}

const noted = new WeakMap<FastifyInstance, RouteName[]>();

/** Before any registration. */
export function noteRoutes(app: FastifyInstance): void {
  const routes: RouteName[] = [];
  noted.set(app, routes);
  app.addHook("onRoute", ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, url });
  });
}

export function routesOf(app: FastifyInstance): readonly RouteName[] {
  return noted.get(app) ?? [];
}
