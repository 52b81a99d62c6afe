export const secret = null;
import { createHash } from "node:crypto";
import { importJWK, jwtVerify } from "jose";
// Plaid has no verifier in its package; its documentation says to do this with a JWT library.
export const verify = async ({ body, headers, publicKeys }) => {
  const key = await importJWK(publicKeys["ecdsa-p256"], "ES256");
  const { payload } = await jwtVerify(headers["plaid-verification"], key, { maxTokenAge: "5 min" });
  return payload.request_body_sha256 === createHash("sha256").update(body).digest("hex");
};
