/**
 * The headers whose values are credentials. Only those who may change an endpoint read the values
 * of its custom headers of these names. `sql/functions/shown_headers.sql` has the same list; a test
 * compares the two.
 */
export const credentialHeaders: ReadonlySet<string> = new Set([
  "api-key",
  "apikey",
  "authentication",
  "authorization",
  "cookie",
  "proxy-authenticate",
  "proxy-authorization",
  "set-cookie",
  "www-authenticate",
  "x-access-token",
  "x-api-key",
  "x-api-token",
  "x-auth",
  "x-auth-key",
  "x-auth-token",
  "x-authorization",
  "x-csrf-token",
  "x-secret",
  "x-token",
  "x-webhook-secret",
]);

/** @param name in any case. */
export function isCredentialHeader(name: string): boolean {
  return credentialHeaders.has(name.toLowerCase());
}

/** Replaces each credential that is not shown. */
export const redaction = "[redacted]";
