/** Creates tokens in the format of Supabase Auth, signed with the test's own secret or key pair. */
import { createHmac } from "node:crypto";
import { SignJWT, type JWTPayload } from "jose";

export const jwtSecret = "a-secret-of-a-test-with-more-than-32-bytes";

/** The claims that Supabase puts into a signed-in user's token. `exp` is one hour from now. */
export function claims(given: JWTPayload = {}): JWTPayload {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    iss: "https://project.supabase.co/auth/v1",
    sub: "0f1e2d3c-4b5a-4678-8796-a5b4c3d2e1f0",
    aud: "authenticated",
    role: "authenticated",
    iat: nowSeconds,
    exp: nowSeconds + 3_600,
    ...given,
  };
}

export type SigningKey = Parameters<SignJWT["sign"]>[0];

/** @param header default: the header for HS256 with `jwtSecret`. */
export function tokenOf(
  payload: JWTPayload,
  key: SigningKey = new TextEncoder().encode(jwtSecret),
  header: { readonly alg: string; readonly kid?: string } = { alg: "HS256" },
): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ typ: "JWT", ...header }).sign(key);
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * A token that no library would create: any header, signed with an HMAC of any bytes or not signed
 * at all.
 */
export function forgedToken(header: object, payload: JWTPayload, bytes: string | null): string {
  const signed = `${part(header)}.${part(payload)}`;
  const signature =
    bytes === null ? "" : createHmac("sha256", bytes).update(signed).digest("base64url");
  return `${signed}.${signature}`;
}
