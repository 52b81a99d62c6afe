/**
 * Serves the docs site at `/docs/` and the API reference at `/docs/api`. All files come from the
 * folder that `npm run build:docs` writes. Nothing comes from another host.
 */
import { stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";

export interface DocsOptions {
  /** The folder of the built site. */
  readonly folder?: string;
}

const builtFolder = fileURLToPath(new URL("../../docs", import.meta.url));

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // Styles may be inline, because code blocks have their colours in attributes and the API
  // reference writes styles into its page.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join("; ");

const notBuilt =
  "The docs are not built yet. npm start builds them within a minute of its first start; otherwise\n" +
  "run npm run build:docs. Then reload this page.\n" +
  "The same pages are in the folder docs/. The API reference is at /docs/api, and the API's\n" +
  "OpenAPI document at /openapi.json.\n";

/**
 * The site may be built while the service runs, so each request checks whether the folder exists.
 */
export async function registerDocs(
  app: FastifyInstance,
  { folder = builtFolder }: DocsOptions,
): Promise<void> {
  await app.register(fastifyStatic, { root: folder, serve: false, index: false });
  app.get("/docs", { schema: { hide: true } }, (_request, reply) => reply.redirect("/docs/", 308));
  app.get("/docs/*", { schema: { hide: true } }, async (request, reply) => {
    const { "*": asked } = request.params as { "*": string };
    const file = await fileFor(folder, asked);
    if (file !== null) return send(reply, folder, file);
    const isBuilt = await isFile(path.join(folder, "index.html"));
    reply.code(404);
    return isBuilt ? send(reply, folder, "404.html") : reply.type("text/plain").send(notBuilt);
  });
}

/** The file for a page's address: `receivers` is `receivers.html`, `adr/` is `adr/index.html`. */
async function fileFor(folder: string, asked: string): Promise<string | null> {
  const isFolder = asked === "" || asked.endsWith("/");
  const candidates = isFolder ? [`${asked}index.html`] : [asked, `${asked}.html`];
  for (const candidate of candidates) {
    const file = path.join(folder, candidate);
    // The router has decoded the address, so it may contain "..".
    if (file.startsWith(folder + path.sep) && (await isFile(file))) return candidate;
  }
  return null;
}

async function isFile(file: string): Promise<boolean> {
  // A name that contains U+0000 makes `stat` fail, too.
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

function send(reply: FastifyReply, folder: string, file: string): FastifyReply {
  reply
    .header("content-security-policy", policy)
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cross-origin-opener-policy", "same-origin")
    .header("permissions-policy", "camera=(), geolocation=(), microphone=()");
  // Assets can be cached, because their names contain a hash of their content.
  const isHashed = file.startsWith("assets/");
  return reply.sendFile(file, folder, {
    cacheControl: true,
    immutable: isHashed,
    maxAge: isHashed ? "365d" : 0,
  });
}
