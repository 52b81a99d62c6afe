/** Verifies signatures as a receiver does, without any code of Posthorn. */
import { createHmac } from "node:crypto";
import type { Received } from "./receiver.ts";

/** The value of X-CDA-Signature in the contract cda. */
export function hmac(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/**
 * Which of the secrets made the signatures in `webhook-signature`, in the order of the signatures.
 */
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
