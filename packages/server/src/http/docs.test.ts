import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { registerDocs } from "./docs.ts";

let parent: string;
let folder: string;
let app: FastifyInstance;
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "posthorn-docs-"));
  folder = path.join(parent, "docs");
  await writeFile(path.join(parent, "secret.html"), "not part of the site");
  app = Fastify();
  await app.register(registerDocs, { folder });
});
afterAll(async () => {
  await app.close();
  await rm(parent, { recursive: true, force: true });
});
beforeEach(() => rm(folder, { recursive: true, force: true }));

async function build(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

const site = {
  "index.html": "the start",
  "404.html": "no such page",
  "receivers.html": "receivers",
  "reference/limits.html": "limits",
  "assets/app.0123.js": "script",
};

test("says how to build the site, until it is built", async () => {
  const before = await app.inject("/docs/");
  expect(before.statusCode).toBe(404);
  expect(before.body).toContain("npm run build:docs");
  // The running service serves the new site without a restart.
  await build(site);
  expect((await app.inject("/docs/")).body).toBe("the start");
});

test("serves the API reference before the site is built", async () => {
  await build({ "api.html": "reference", "api-reference/scalar.js": "bundle" });
  const page = await app.inject("/docs/api");
  expect(page.body).toBe("reference");
  expect(page.headers["content-type"]).toContain("text/html");
  expect((await app.inject("/docs/api-reference/scalar.js")).body).toBe("bundle");
  expect((await app.inject("/docs/")).body).toContain("npm run build:docs");
});

describe("the built site", () => {
  beforeEach(() => build(site));

  test.each([
    ["/docs/", "the start"],
    ["/docs/receivers", "receivers"],
    ["/docs/receivers.html", "receivers"],
    ["/docs/reference/limits?from=search", "limits"],
  ])("%s", async (url, body) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.body]).toEqual([200, body]);
    expect(answer.headers["cache-control"]).toBe("public, max-age=0");
  });

  test("/docs leads to /docs/", async () => {
    const answer = await app.inject("/docs");
    expect([answer.statusCode, answer.headers.location]).toEqual([308, "/docs/"]);
  });

  test("files with a hash in their names can be kept", async () => {
    const answer = await app.inject("/docs/assets/app.0123.js");
    expect(answer.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  });

  test.each([
    "/docs/no-such-page",
    "/docs/reference",
    "/docs/reference/",
    "/docs/%2e%2e%2fsecret.html",
    "/docs/..%2fsecret.html",
    "/docs/..%2fsecret",
    "/docs/%00",
    "/docs//etc/passwd",
  ])("%s does not exist", async (url) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.body]).toEqual([404, "no such page"]);
  });

  test("every response has the security headers, and none allows another host", async () => {
    for (const url of ["/docs/", "/docs/receivers", "/docs/no-such-page"]) {
      const { headers } = await app.inject(url);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).not.toMatch(/https?:|\*/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });
});
