/** Only one module creates PostgreSQL connections, because a second one could lack some option. */
import { expect, test } from "vitest";
import { isTest, sources } from "./sources.ts";

/**
 * The modules that may create a client or a pool: one defines the options, the other a pool of such
 * clients.
 */
const allowed: ReadonlySet<string> = new Set([
  "packages/server/src/postgres/connection.ts: extends pg.Client",
  "packages/server/src/postgres/pool.ts: extends pg.Pool",
]);

const connecting = /\b(?:new|extends) (?:pg\.)?(?:Client|Pool)\b|\bnew RoutedClient\b/g;
/** Connections for tests, and undici, whose classes have the same names. */
const others = /\/src\/(?:testing|transport)\//;

function found(): readonly string[] {
  return sources("packages/server/src", ".ts")
    .filter((source) => !isTest(source) && !others.test(source.name))
    .flatMap(({ name, text }) => [...text.matchAll(connecting)].map(([use]) => `${name}: ${use}`));
}

test("no other file creates a client or a pool of the driver", () => {
  const unknown = found().filter((each) => !allowed.has(each) && !each.endsWith("RoutedClient"));
  expect(unknown).toEqual([]);
  // Fails if the search no longer finds the known places.
  expect(found()).toEqual(expect.arrayContaining([...allowed]));
});

test("only the search for the right host, and COPY, create a client without settings", () => {
  const bare = found().filter((each) => each.endsWith("new RoutedClient"));
  expect(bare).toEqual([
    // Makes the settings in its transaction: the client for poolers cannot send streams.
    "packages/server/src/backup/connect.ts: new RoutedClient",
    "packages/server/src/postgres/hosts.ts: new RoutedClient",
  ]);
});
