/** A JSON Web Key Set (RFC 7517) of the platform's public keys; each key has a `kid`. */
export interface PublicKeys {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}
