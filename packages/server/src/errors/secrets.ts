/** Errors about stored secrets; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const secretErrors = {
  PH_ENCRYPTION_KEY_INVALID: entry(
    500,
    "The encryption key has {bytes} bytes. It must be 32 bytes in base64.",
    "Create one with: openssl rand -base64 32",
  ),
  PH_ENCRYPTION_KEY_WRONG: entry(
    500,
    "The endpoints' secrets were encrypted with key {expected}, not with {given}.",
    "Set POSTHORN_ENCRYPTION_KEY to that key. To change the key, add the old one to " +
      "POSTHORN_DECRYPTION_KEYS.",
  ),
  PH_ENCRYPTION_KEY_MISSING: entry(
    500,
    "{secrets} endpoint secrets are still encrypted with a key that is not configured: {missing}.",
    "Add it to POSTHORN_DECRYPTION_KEYS until posthorn_secrets_under_other_keys is 0.",
  ),
  PH_NO_SWITCH: entry(
    409,
    "This endpoint has no scheduled secret.",
    "To schedule one, call rotate_secret with switch_at. A secret that has already started " +
      "cannot be cancelled, only rotated.",
  ),
} as const;
