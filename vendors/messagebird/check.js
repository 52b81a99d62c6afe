export const secret = "a-secret-of-the-vendors-own-kind";
import { createSecretKey } from "node:crypto";
import signature from "messagebird/lib/webhook-signature-jwt.js";
export const verify = ({ body, headers, url }) =>
  signature.verify(
    url,
    Buffer.from(body),
    headers["messagebird-signature-jwt"],
    createSecretKey(Buffer.from(secret)),
  );
