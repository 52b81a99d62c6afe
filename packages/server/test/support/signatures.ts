/** Verifies signatures as a receiver does, without Posthorn's code. */
import { createHmac } from "node:crypto";
import type { Received } from "./receiver.ts";

/** The contract cda's X-CDA-Signature. */
export function hmac(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** The secrets that made the signatures in `webhook-signature`, in their order. */
export function secretsThatSigned(
  { headers, body }: Received,
  secrets: readonly string[],
): readonly string[] {
  const content = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  const bySignature = new Map(
    secrets.map((secret) => {
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      return [`v1,${createHmac("sha256", key).update(content).digest("base64")}`, secret];
    }),
  );
  return String(headers["webhook-signature"])
    .split(" ")
    .map((signature) => bySignature.get(signature) ?? `unknown: ${signature}`);
}
