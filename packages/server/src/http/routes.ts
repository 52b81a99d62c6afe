/** Records the application's routes when they are registered. */
import type { FastifyInstance } from "fastify";

export interface RouteName {
  readonly method: string;
  /** The path, with parameters as `:name` and `*`. */
  readonly url: string;
}

const noted = new WeakMap<FastifyInstance, RouteName[]>();

/** Must be called before any route is registered. */
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
