/**
 * Serves the console's page and files. Its security headers forbid content from other hosts.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply } from "fastify";

/** The platform's name, colour and logo in the console. */
export interface ConsoleTheme {
  readonly name: string;
  /** The colour as `#rrggbb`; null for Posthorn's own. */
  readonly accent: string | null;
  /** The logo: an SVG, PNG or WebP file; null for Posthorn's own. */
  readonly logo: { readonly body: Buffer; readonly mediaType: string } | null;
}

export interface PageOptions {
  readonly theme: ConsoleTheme;
  /** Origins that may embed the console in a frame. */
  readonly frameOrigins: readonly string[];
  /** The folder of the built console. */
  readonly folder?: string;
}

const builtFolder = fileURLToPath(new URL("../../../console", import.meta.url));

/** The placeholder in the built page for the nonce of a response. */
const noncePlaceholder = "__NONCE__";
const nonceBytes = 18;

export async function registerPage(app: FastifyInstance, options: PageOptions): Promise<void> {
  const folder = options.folder ?? builtFolder;
  const { theme } = options;
  const logo = theme.logo;
  app.get("/console/theme.json", { schema: { hide: true } }, async (_request, reply) => {
    reply.header("cache-control", "no-cache");
    return {
      name: theme.name,
      accent: theme.accent,
      logo: logo === null ? null : "/console/logo",
    };
  });
  if (logo !== null) {
    app.get("/console/logo", { schema: { hide: true } }, async (_request, reply) =>
      reply
        // A browser shows an SVG as a document if a user opens it directly. It must not run scripts
        // then.
        .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        .header("x-content-type-options", "nosniff")
        .header("cache-control", "max-age=3600")
        .type(logo.mediaType)
        .send(logo.body),
    );
  }
  const page = path.join(folder, "index.html");
  if (!existsSync(page)) {
    app.get("/", { schema: { hide: true } }, async (_request, reply) =>
      reply.code(503).type("text/plain").send("The console is not built: npm run build.\n"),
    );
    return;
  }
  const html = readFileSync(page, "utf8");
  await app.register(fastifyStatic, {
    root: path.join(folder, "assets"),
    prefix: "/assets/",
    // Files can be cached, because their names contain a hash of their content.
    immutable: true,
    maxAge: "365d",
    index: false,
    preCompressed: true,
    setHeaders: (response) => {
      response.setHeader("x-content-type-options", "nosniff");
    },
  });
  app.get("/*", { schema: { hide: true } }, async (request, reply) => {
    // Returns the page for every path of the console, so that links and reloads work.
    const wantsPage = request.headers.accept?.includes("text/html") === true;
    if (!wantsPage) return reply.callNotFound();
    return sendPage(reply, html, options.frameOrigins);
  });
}

function sendPage(
  reply: FastifyReply,
  html: string,
  frameOrigins: readonly string[],
): FastifyReply {
  const nonce = randomBytes(nonceBytes).toString("base64");
  return reply
    .header("content-security-policy", contentPolicy(nonce, frameOrigins))
    .header("x-content-type-options", "nosniff")
    .header("referrer-policy", "no-referrer")
    .header("cross-origin-opener-policy", "same-origin")
    .header("permissions-policy", "camera=(), geolocation=(), microphone=()")
    .header("cache-control", "no-store")
    .type("text/html; charset=utf-8")
    .send(html.replaceAll(noncePlaceholder, nonce));
}

/**
 * Forbids inline scripts and other hosts. Style elements need the response's nonce, because the
 * component library writes the theme's colours into a style element.
 */
export function contentPolicy(nonce: string, frameOrigins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...frameOrigins].join(" ")}`,
  ].join("; ");
}
