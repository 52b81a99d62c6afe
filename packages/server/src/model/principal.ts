/** What somebody of an org may do there. */
export type OrgRole = "manage" | "publish" | "read";

/** Somebody whom Posthorn itself let in: by the admin key, a key of an org's, a portal link. */
export type KeyPrincipal =
  | { readonly kind: "admin" }
  | {
      readonly kind: "key";
      /** What let them in: a key of the org's, or a link into the console. */
      readonly via: "api_key" | "portal_link";
      /** Of the key or of the link. */
      readonly keyId: string;
      readonly orgId: string;
      readonly role: OrgRole;
    };

/** What a JSON Web Token says beside what it allows. */
export interface TokenFacts {
  readonly via: "jwt";
  /** The claim `sub`: whom the issuer means. Null for tokens of programs. */
  readonly subject: string | null;
  readonly expiresAtMs: number;
}

/** Somebody whom another issuer's token vouches for. */
export type TokenPrincipal =
  | ({ readonly kind: "admin" } & TokenFacts)
  | ({ readonly kind: "key"; readonly orgId: string; readonly role: OrgRole } & TokenFacts);

/** Who is asking: the operator, or somebody of one org. */
export type Principal = KeyPrincipal | TokenPrincipal;
