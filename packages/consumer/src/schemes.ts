import type { SignatureScheme } from "./signing.ts";

/** The symmetric signature scheme of Standard Webhooks 1.0.0, which is the same as Svix's `v1`. */
export const standardScheme: SignatureScheme = {
  algorithm: "hmac-sha256",
  keyForm: "base64-after-prefix",
  content: "{id}.{timestamp}.{body}",
  encoding: "base64",
  form: "v1,{signature}",
  list: true,
};

/** The scheme of the `X-CDA-Signature` header in CDA's webhooks. */
export const cdaScheme: SignatureScheme = {
  algorithm: "hmac-sha256",
  keyForm: "text",
  content: "{body}",
  encoding: "hex",
  form: "{signature}",
  list: false,
};
