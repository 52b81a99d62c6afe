/** Who is asking: the operator, or an org by one of its keys. */
export type Principal =
  | { readonly kind: "admin" }
  | {
      readonly kind: "key";
      readonly keyId: string;
      readonly orgId: string;
      readonly role: "manage" | "publish" | "read";
    };
