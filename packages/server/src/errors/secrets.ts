/** The catalogue's part about secrets at rest; catalogue.ts says what entries are. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const secretErrors = {
  PH_ENCRYPTION_KEY_INVALID: entry(
    500,
    "The encryption key has {bytes} bytes; it must have 32, written in base64.",
    "Make one with: openssl rand -base64 32",
  ),
  PH_ENCRYPTION_KEY_WRONG: entry(
    500,
    "The endpoints' secrets were encrypted with key {expected}, not with {given}.",
    "Set POSTHORN_ENCRYPTION_KEY to that key; or, to change it, add that key to " +
      "POSTHORN_DECRYPTION_KEYS.",
  ),
  PH_ENCRYPTION_KEY_MISSING: entry(
    500,
    "{secrets} secrets of endpoints are still encrypted with a key that is not here: {missing}.",
    "Add it to POSTHORN_DECRYPTION_KEYS until posthorn_secrets_under_other_keys is 0.",
  ),
  PH_NO_SWITCH: entry(
    409,
    "No secret of this endpoint is to begin later.",
    "Rotate the secret with switch_at; what has begun cannot be called off, only rotated again.",
  ),
} as const;
