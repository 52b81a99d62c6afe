import { createHash } from "node:crypto";
import { verifySignature, webcrypto } from "http-message-sig";
const components = ["@method", "@authority", "@path", "content-digest"];
export const secret = null;
export const verify = async ({ body, headers, url, publicKeys }) => {
  const digest = createHash("sha256").update(body).digest("base64");
  if (headers["content-digest"] !== `sha-256=:${digest}:`) return false;
  const key = await crypto.subtle.importKey("jwk", publicKeys.ed25519, "Ed25519", false, [
    "verify",
  ]);
  await verifySignature(new Request(url, { method: "POST", headers, body }), {
    policy: {
      algorithms: ["ed25519"],
      requiredComponents: components,
      requiredParameters: ["created"],
      maxAge: 60,
    },
    resolveVerifier: () => webcrypto.verifier(key),
  });
};
