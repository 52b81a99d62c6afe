/** Who is asking: the operator, or somebody of one org. */
export type Principal =
  | { readonly kind: "admin" }
  | {
      readonly kind: "key";
      /** What let them in: a key of the org's, or a link into the console. */
      readonly via: "api_key" | "portal_link";
      /** Of the key or of the link. */
      readonly keyId: string;
      readonly orgId: string;
      readonly role: "manage" | "publish" | "read";
    };
