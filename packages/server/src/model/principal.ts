/** The permissions that a caller from an org can have. */
export type OrgRole = "manage" | "publish" | "read";

/** A caller that Posthorn authenticated: by the admin key, an org's key, or a portal link. */
export type KeyPrincipal =
  | { readonly kind: "admin" }
  /** A key of the installation that acts as the operator, only in the Svix dialect. */
  | { readonly kind: "admin"; readonly via: "svix_key"; readonly keyId: string }
  | {
      readonly kind: "key";
      /** The kind of credential: an org's key, or a link into the console. */
      readonly via: "api_key" | "portal_link";
      /** The key's or the link's id. */
      readonly keyId: string;
      readonly orgId: string;
      /** The platform's text for the org; null if it is `orgId`. */
      readonly orgExternalId: string | null;
      readonly role: OrgRole;
    };

/** The claims of a JSON Web Token, without its permissions. */
export interface TokenClaims {
  readonly via: "jwt";
  /** The claim `sub`, which is the user. Null for tokens of programs. */
  readonly subject: string | null;
  readonly expiresAtMs: number;
}

/** A caller with a token of another issuer. */
export type TokenPrincipal =
  | ({ readonly kind: "admin" } & TokenClaims)
  | ({
      readonly kind: "key";
      readonly orgId: string;
      readonly orgExternalId: string | null;
      readonly role: OrgRole;
    } & TokenClaims);

/** Who makes the request: the operator, or a caller from one org. */
export type Principal = KeyPrincipal | TokenPrincipal;

/** A key that belongs to the installation and may only read the metrics. */
export interface MetricsPrincipal {
  readonly kind: "metrics";
  readonly keyId: string;
}

/** A key that belongs to the installation and may only use the Svix dialect. */
export interface SvixPrincipal {
  readonly kind: "svix_api";
  readonly keyId: string;
}

export interface PublisherKey {
  readonly kind: "publisher";
  readonly via: "api_key";
  readonly keyId: string;
}

export type PublisherToken = { readonly kind: "publisher" } & TokenClaims;

/** A caller of the API: a principal, or a program that may only publish events, for every org. */
export type ApiCaller = Principal | PublisherKey | PublisherToken;

export type KeyOwner = KeyPrincipal | MetricsPrincipal | PublisherKey | SvixPrincipal;
export type TokenOwner = TokenPrincipal | PublisherToken;

/**
 * Every caller that Posthorn can authenticate. Only `/metrics` accepts a `MetricsPrincipal`, and
 * only the Svix dialect a `SvixPrincipal`.
 */
export type Caller = ApiCaller | MetricsPrincipal | SvixPrincipal;
