/** The platform's public keys, for receivers that verify signatures made with its own keys. */
import { createPublicKey } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { PublicKeys } from "../model/public-keys.ts";

/**
 * How long receivers may cache the keys, in seconds. A new key must be published for at least this
 * time before it signs.
 */
const cacheSeconds = 300;

export function registerPublicKeys(app: FastifyInstance, published: PublicKeys): void {
  const pem = published.keys
    .map((key) => createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }))
    .join("");
  const caching = `public, max-age=${cacheSeconds}`;
  app.get("/.well-known/jwks.json", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", caching).send(published),
  );
  app.get("/.well-known/keys.pem", { schema: { hide: true } }, (_request, reply) =>
    reply.header("cache-control", caching).type("application/x-pem-file").send(pem),
  );
}
