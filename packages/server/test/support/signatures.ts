/** Signatures as a receiver checks them, made here by themselves. */
import { createHmac } from "node:crypto";
import type { Received } from "./receiver.ts";

/** The contract cda's X-CDA-Signature. */
export function hmac(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** Which of these secrets the signatures in `webhook-signature` were made with, in their order. */
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
