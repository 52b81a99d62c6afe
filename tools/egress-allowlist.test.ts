/** Only transport/ opens connections. Each exception has a row that gives its reason. */
import { describe, expect, test } from "vitest";
import {
  coveredBy,
  egressAllowlist,
  egressIn,
  isAllowed,
  transportFolder,
  globalsIn,
} from "./egress-allowlist.ts";
import { isTest, sources, type Source } from "./sources.ts";

describe("only transport/ opens connections to URLs", () => {
  const inNode = [
    ...sources("packages/server/src", ".ts"),
    ...sources("packages/server/bin", ".js"),
    ...sources("packages/consumer/src", ".ts"),
  ].filter((each) => !isTest(each));
  const inBrowsers = sources("packages/console/src", ".ts", ".tsx").filter((each) => !isTest(each));
  const used = new Map<Source, readonly string[]>([
    ...inNode.map((each) => [each, egressIn(each.text)] as const),
    ...inBrowsers.map((each) => [each, globalsIn(each.text)] as const),
  ]);

  test("every other way out has a row with its reason", () => {
    const unknown = [...used].flatMap(([{ name }, found]) =>
      found.filter((egress) => !isAllowed(name, egress)).map((egress) => `${name}: ${egress}`),
    );
    expect(unknown).toEqual([]);
  });

  test("every row is still needed", () => {
    const stale = egressAllowlist.flatMap((row) =>
      row.files
        .filter(
          (file) =>
            ![...used].some(([{ name }, found]) => {
              return coveredBy({ ...row, files: [file] }, name) && found.includes(row.name);
            }),
        )
        .map((file) => `${row.name}: ${file}`),
    );
    expect(stale).toEqual([]);
  });

  test("sockets and DNS queries are in transport/", () => {
    const inTransport = [...used].filter(([{ name }]) => name.startsWith(transportFolder));
    const found = new Set(inTransport.flatMap(([, each]) => each));
    expect([...found].toSorted()).toEqual(["node:dns", "node:net", "node:tls", "undici"]);
  });

  test.each([
    ['import { request } from "undici";', "undici"],
    ['import { request } from "node:https";', "node:https"],
    ['import http from "http";', "http"],
    ['import * as http2 from "node:http2";', "node:http2"],
    ['import type { Socket } from "node:net";', "node:net"],
    ['import {\n  connect,\n} from "node:tls";', "node:tls"],
    ['import "axios";', "axios"],
    ['export { lookup } from "node:dns/promises";', "node:dns/promises"],
    ['const { createSocket } = await import("node:dgram");', "node:dgram"],
    ['const got = require("got");', "require"],
    ['const { get } = process.getBuiltinModule("node:https");', "getBuiltinModule"],
    ["const client = await import(`node:${name}`);", "import(computed)"],
    ["const client = await import(name);", "import(computed)"],
    ['import { exec } from "node:child_process";', "node:child_process"],
    ["await fetch(endpoint.url);", "fetch"],
    ["const send = fetch;", "fetch"],
    ["const clients = [...fetch];", "fetch"],
    ["const { fetch } = globalThis;", "fetch"],
    ["await globalThis.fetch(endpoint.url);", "fetch"],
    ['await globalThis["fetch"](endpoint.url);', "fetch"],
    ["const socket = new WebSocket(url);", "WebSocket"],
    ["const source = new globalThis.EventSource(url);", "EventSource"],
    ["navigator.sendBeacon(url);", "sendBeacon"],
    ['import { Registry, Pushgateway } from "prom-client";', "Pushgateway"],
    ["const keys = createRemoteJWKSet(url);", "createRemoteJWKSet"],
    ["for await (const event of reconcile(options)) {", "reconcile"],
  ])("%j would be found", (line, egress) => {
    const before = '/** Sends. */\nimport path from "node:path";';
    const after = 'export const route = "GET /*";\n/* An end. */';
    expect(egressIn(`${before}\n${line}\n${after}\n`)).toContain(egress);
    expect(isAllowed("packages/server/src/pipeline/dispatch/send.ts", egress)).toBe(false);
    expect(isAllowed("packages/server/src/http/functions/new.ts", egress)).toBe(false);
  });

  test.each([
    '// fetch("https://example.com") would go around it',
    '/** Like `fetch`, or `import "undici"`. */',
    'const site = request.headers["sec-fetch-site"];',
    "await options.fetch(url);",
    "const client = { fetch: sessionFetch };",
    'import { join } from "node:path";',
    'import { limits } from "../limits.ts";',
  ])("%j is none", (line) => {
    expect(egressIn(`${line}\n`)).toEqual([]);
  });
});
