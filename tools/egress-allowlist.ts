/**
 * Lists the modules and files that may open connections. Every imported module must be known to
 * open none, or must be allowed here for certain files, with a reason. So a new dependency fails
 * the test until somebody has stated what it can do. The same applies to globals that connect
 * without an import.
 */

export interface EgressRule {
  /** A module's name, or an identifier that connects without an import. */
  readonly name: string;
  /** File names, or folders with a slash at the end, relative to the project's root. */
  readonly files: readonly string[];
  readonly reason: string;
}

/** This folder makes all outgoing connections, so the address guard checks each of them. */
export const transportFolder = "packages/server/src/transport/";

const server = "packages/server/src/";

export const egressAllowlist: readonly EgressRule[] = [
  {
    name: "node:net",
    files: [`${server}embedded/port.ts`],
    reason: "Listens for a moment, to find a free port for the embedded PostgreSQL.",
  },
  {
    name: "node:child_process",
    files: [`${server}embedded/cluster.ts`, `${server}embedded/server.ts`],
    reason: "Runs initdb and postgres, the embedded ones.",
  },
  {
    name: "node:child_process",
    files: [`${server}sandbox/process.ts`],
    reason: "Runs the sandbox for transformations: a file of this program, without an environment.",
  },
  {
    name: "node:worker_threads",
    files: ["packages/server/bin/sandbox.js", "packages/server/bin/sandbox-watchdog.js"],
    reason: "A thread kills the sandbox's own process if a job never ends.",
  },
  {
    name: "node:cluster",
    files: [`${server}cluster/`, `${server}observe/worker-metrics.ts`],
    reason: "Starts processes of this very program; their socket is the listening one.",
  },
  {
    name: "node:module",
    files: [`${server}embedded/binaries.ts`, `${server}embedded/file-lock.ts`],
    reason: "Finds the folder of an optional package; loads the native module of file locks.",
  },
  {
    name: "pg",
    files: [
      `${server}postgres/`,
      `${server}backup/`,
      `${server}embedded/`,
      `${server}observe/describe-error.ts`,
      `${server}store/postgres/`,
    ],
    reason:
      "The PostgreSQL client, to the operator's database; describe-error.ts looks at its errors.",
  },
  {
    name: "pg-copy-streams",
    files: [`${server}backup/`],
    reason: "COPY in streams, on a connection of pg.",
  },
  {
    name: "fastify",
    files: [
      `${server}http/`,
      `${server}probe/receiver.ts`,
      `${server}commands/dev/inbox.ts`,
      `${server}service/compose.ts`,
    ],
    reason: "The listening side.",
  },
  {
    name: "@fastify/rate-limit",
    files: [`${server}http/plugins/request-rates.ts`],
    reason: "Counts in memory. Its store for Redis takes a client, which nobody gives it.",
  },
  {
    name: "prom-client",
    files: [
      `${server}observe/metrics.ts`,
      `${server}observe/fast-metrics.ts`,
      `${server}observe/worker-metrics.ts`,
    ],
    reason: "Counts. Its Pushgateway, which connects, is a word that is looked for below.",
  },
  {
    name: "jose",
    files: [
      `${server}service/token-checker.ts`,
      `${server}registry/svix-tokens.ts`,
      `${server}registry/token-keys.ts`,
      `${server}registry/tokens.ts`,
    ],
    reason: "Checks signatures. createRemoteJWKSet, which connects, is looked for below.",
  },
  {
    name: "@posthorn/consumer",
    files: [
      `${server}commands/dev/inbox.ts`,
      `${server}commands/verify/signature-check.ts`,
      `${server}probe/receiver.ts`,
      `${server}contracts/`,
      `${server}simulation/receivers.ts`,
    ],
    reason: "Signatures. Its reconcile, which connects, is a word that is looked for below.",
  },
  {
    name: "fetch",
    files: [
      "packages/consumer/src/reconcile.ts",
      "packages/console/src/api/client.ts",
      "packages/console/src/api/session.ts",
      "packages/console/src/theme/theme.ts",
      `${server}client/api.ts`,
    ],
    reason:
      "Runs at the receiver's, in the browser or in a command, and asks Posthorn; no part of the " +
      "service.",
  },
  {
    name: "fetch",
    files: [`${server}commands/import/svix-server.ts`],
    reason: "Runs in a command, and asks the Svix server that the operator names.",
  },
  ...["node:http", "node:https"].map((name) => ({
    name,
    files: [`${server}commands/listen/forward.ts`],
    reason: "Runs in a command, and forwards to the developer's own server.",
  })),
  {
    name: "reconcile",
    files: ["packages/consumer/src/index.ts", "packages/consumer/src/reconcile.ts"],
    reason: "Where it is defined.",
  },
];

/** Modules that open no connection, whichever of their functions is called. */
const closedModules: ReadonlySet<string> = new Set(
  [
    "node:assert node:buffer node:crypto node:events node:fs node:fs/promises node:os node:path",
    "node:perf_hooks node:readline/promises node:stream node:stream/promises node:timers/promises node:url node:util",
    "node:v8 node:vm node:zlib @fastify/cookie @fastify/cors @fastify/static @fastify/swagger",
    // kysely only builds statements. pg sends them.
    // QuickJS is a WebAssembly module, which can call only what its program gives it.
    "quickjs-emscripten-core @jitl/quickjs-singlefile-cjs-release-sync",
    "@noble/curves/nist.js ajv ajv-formats ajv/dist/2020.js commander ipaddr.js kysely pino yaml",
  ].flatMap((line) => line.split(" ")),
);

/**
 * Three kinds of words: globals that connect, functions of other modules that connect, and indirect
 * imports.
 */
const words = [
  "fetch|WebSocket|WebSocketStream|EventSource|XMLHttpRequest|WebTransport|sendBeacon",
  "Pushgateway|createRemoteJWKSet|reconcile",
  "require|getBuiltinModule|eval",
].join("|");

const quote = String.raw`["'\x60]`;
/**
 * Matches `fetch(`, `= fetch` and `...fetch`, but not `x.fetch`, `fetch:` or `"sec-fetch-site"`.
 */
const bareBefore = String.raw`(?<![\w$"'\x60-])(?<!(?<!\.\.)\.)`;
const bareAfter = String.raw`\b(?![\w$"'\x60-]|\??:)`;
const globals = String.raw`\b(?:globalThis|global|window|self|navigator|process)\??\.`;
const wordPatterns = [
  new RegExp(`${bareBefore}(${words})${bareAfter}`, "g"),
  new RegExp(String.raw`${globals}(${words})\b`, "g"),
  new RegExp(String.raw`\[\s*${quote}(${words})${quote}\s*\]`, "g"),
];

const modulePatterns = [
  /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']/gm,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\s*\(\s*["'`]([^"'`]+)["'`]\s*[,)]/g,
];
/** If a module's name is computed at run time, it could be any module. */
const computedImport = /\bimport\s*\((?!\s*["'`][^"'`$]+["'`]\s*[,)])/;

/** Returns everything in this text that could connect: modules, except relative ones, and words. */
export function egressIn(text: string): readonly string[] {
  const code = withoutComments(text);
  const modules = matchesOf(modulePatterns, code)
    .filter((name) => !name.startsWith("."))
    .filter((name) => !closedModules.has(name));
  const computed = computedImport.test(code) ? ["import(computed)"] : [];
  return [...new Set([...modules, ...matchesOf(wordPatterns, code), ...computed])];
}

/** Returns only the words, e.g. `fetch`, because code in browsers cannot connect with modules. */
export function globalsIn(text: string): readonly string[] {
  return [...new Set(matchesOf(wordPatterns, withoutComments(text)))];
}

function matchesOf(patterns: readonly RegExp[], code: string): readonly string[] {
  return patterns.flatMap((each) => [...code.matchAll(each)].map((match) => match[1] ?? ""));
}

export function isAllowed(file: string, name: string): boolean {
  if (file.startsWith(transportFolder)) return true;
  return egressAllowlist.some((each) => each.name === name && coveredBy(each, file));
}

export function coveredBy({ files }: EgressRule, file: string): boolean {
  return files.some((each) => (each.endsWith("/") ? file.startsWith(each) : file === each));
}

/**
 * Removes comments only at the start of a line, because a `/*` elsewhere may be part of a string,
 * e.g. a route.
 */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "");
}
