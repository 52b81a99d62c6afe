/**
 * Imports go only in one direction. This table repeats the one in ARCHITECTURE.md, and the tests
 * enforce it.
 */
import path from "node:path";
import { describe, expect, test } from "vitest";
import { isTest, sources } from "./sources.ts";

const server = "packages/server/src/";

/**
 * The folders that each folder may import from, lowest layer first. `anywhere` lists the
 * exceptions.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  model: ["errors"],
  contracts: ["errors", "model"],
  store: ["model"],
  "store/memory": ["model", "store"],
  pipeline: ["model"],
  "pipeline/publish": ["errors", "model", "pipeline", "store"],
  "pipeline/upkeep": ["model", "pipeline", "store"],
  "pipeline/dispatch": [
    "contracts",
    "model",
    "pipeline",
    "pipeline/publish",
    "pipeline/upkeep",
    "store",
  ],
  transport: ["errors", "model", "pipeline"],
  postgres: ["errors", "model", "pipeline"],
  sandbox: ["model", "pipeline"],
  terminals: ["errors", "model", "pipeline", "postgres"],
  embedded: ["errors", "postgres"],
  "store/postgres": ["model", "pipeline/dispatch", "pipeline/upkeep", "postgres", "store"],
  backup: ["errors", "postgres", "store/postgres"],
  observe: ["errors", "model", "pipeline", "postgres", "store"],
  registry: ["errors", "model", "pipeline", "pipeline/publish", "postgres"],
  config: ["errors", "model", "postgres", "registry", "transport"],
  "http/rest": ["errors", "model", "pipeline", "postgres"],
  "http/reference": ["http/rest"],
  "http/plugins": ["errors", "http/rest", "model", "registry"],
  "http/tables": ["http/rest", "model"],
  "http/functions": [
    "errors",
    "http/rest",
    "model",
    "observe",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/upkeep",
    "postgres",
    "registry",
    "store",
    "terminals",
  ],
  "http/svix": [
    "errors",
    "http/plugins",
    "model",
    "observe",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/publish",
    "pipeline/upkeep",
    "postgres",
    "registry",
    "store",
  ],
  "http/console": ["errors", "http/plugins", "model", "postgres", "registry"],
  http: [
    "errors",
    "http/console",
    "http/functions",
    "http/plugins",
    "http/reference",
    "http/rest",
    "http/svix",
    "http/tables",
    "model",
    "observe",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/publish",
    "postgres",
    "registry",
    "terminals",
  ],
  probe: [
    "config",
    "http/plugins",
    "model",
    "observe",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/publish",
    "pipeline/upkeep",
    "postgres",
    "registry",
    "store",
    "transport",
  ],
  service: [
    "config",
    "contracts",
    "embedded",
    "errors",
    "http",
    "http/console",
    "model",
    "observe",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/upkeep",
    "postgres",
    "probe",
    "registry",
    "sandbox",
    "store",
    "store/postgres",
    "transport",
    "terminals",
  ],
  cluster: ["config", "observe", "service"],
  client: ["config", "errors", "model", "observe"],
  commands: [
    "client",
    "cluster",
    "config",
    "errors",
    "model",
    "observe",
    "postgres",
    "registry",
    "service",
  ],
  "commands/database": ["backup", "client", "commands", "config", "embedded", "errors", "service"],
  "commands/api": ["client", "errors", "observe"],
  "commands/completion": ["client"],
  "commands/listen": ["client", "errors", "observe"],
  "commands/doctor": [
    "client",
    "commands",
    "config",
    "embedded",
    "errors",
    "model",
    "postgres",
    "service",
  ],
  "commands/verify": ["client", "contracts", "errors"],
  "commands/import": ["client", "errors", "observe"],
  "commands/contract": [
    "client",
    "commands/api",
    "commands/verify",
    "contracts",
    "errors",
    "model",
    "observe",
  ],
  "commands/dev": ["commands", "config", "errors", "model", "observe", "postgres", "service"],
  simulation: [
    "contracts",
    "model",
    "pipeline",
    "pipeline/dispatch",
    "pipeline/upkeep",
    "store",
    "store/memory",
  ],
};

const anywhere: ReadonlySet<string> = new Set([
  "errors/catalogue.ts",
  "limits.ts",
  "limits-of-commands.ts",
  "limits-of-contracts.ts",
  "limits-of-database.ts",
  "limits-of-nodes.ts",
  "limits-of-publishing.ts",
  "limits-of-requests.ts",
  "limits-of-routing.ts",
  "limits-of-terminals.ts",
  "limits-of-transformations.ts",
  "version.ts",
]);

/** Files that may import from every folder. */
const entrances: ReadonlySet<string> = new Set(["main.ts", "program.ts", "index.ts"]);

const roomOf = (file: string): string => path.posix.dirname(file);

function importsOf(text: string): string[] {
  return [...text.matchAll(/^(?:import|export)[^;]*? from "(\.[^"]+)";/gms)].map(
    (match) => match[1] ?? "",
  );
}

describe("imports run one way", () => {
  for (const source of sources("packages/server/src", ".ts").filter((each) => !isTest(each))) {
    const file = source.name.slice(server.length);
    if (anywhere.has(file) || entrances.has(file)) continue;
    test(file, () => {
      const room = roomOf(file);
      expect(Object.keys(allowed), `${file} is in no known room`).toContain(room);
      for (const specifier of importsOf(source.text)) {
        const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
        const isAllowed =
          anywhere.has(target) ||
          roomOf(target) === room ||
          (allowed[room] ?? []).includes(roomOf(target));
        expect(isAllowed, `${file} imports ${target}`).toBe(true);
      }
    });
  }

  test("a folder imports only from folders before it in the table, so there are no cycles", () => {
    const rooms = Object.keys(allowed);
    for (const [room, targets] of Object.entries(allowed)) {
      const later = targets.filter((target) => rooms.indexOf(target) >= rooms.indexOf(room));
      expect(later, room).toEqual([]);
    }
  });
});

describe("one place for each connection to the outside", () => {
  const files = sources("packages/server/src", ".ts").filter((each) => !isTest(each));

  test("only config.ts reads the environment", () => {
    const readers = files.filter((each) => each.text.includes("process.env"));
    expect(readers.map((each) => each.name)).toEqual([`${server}config/config.ts`]);
  });

  test("only documents know a contract's name", () => {
    const names = /["'`](cda|cadana|svix)["'`]/;
    const knowers = files.filter((each) => names.test(each.text)).map((each) => each.name);
    // A preset has the same name as its contract.
    expect(knowers).toEqual([
      `${server}model/preset.ts`,
      // The name of another sender, which is also a contract's name.
      `${server}commands/import/command.ts`,
    ]);
  });
});
