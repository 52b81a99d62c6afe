/**
 * Encrypts endpoints' secrets at rest with AES-256-GCM. An encrypted value contains the key's id,
 * so that several keys can be told apart.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";

const format = "v1";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export interface SecretBox {
  /**
   * A short name of the key that encrypts. It identifies the key, reveals nothing about it, and may
   * be shown.
   */
  readonly keyId: string;
  /** The ids of all keys with which values can be decrypted, including `keyId`. */
  readonly keyIds: readonly string[];
  /** @returns `v1.<key id>.<base64url of nonce, ciphertext and tag>` */
  seal(plaintext: string, nonce: Uint8Array): string;
  /** @throws PosthornError `PH_ENCRYPTION_KEY_WRONG` if the value's key is missing. */
  open(sealed: string): string;
}

/**
 * @param current encrypts and decrypts: 32 bytes as base64 or base64url.
 * @param others only decrypt.
 * @throws PosthornError `PH_ENCRYPTION_KEY_INVALID`
 */
export function createSecretBox(current: string, others: readonly string[] = []): SecretBox {
  const bytes = bytesOf(current);
  const keyId = idOf(bytes);
  const keys = new Map(others.map(bytesOf).map((each) => [idOf(each), each]));
  keys.set(keyId, bytes);
  return {
    keyId,
    keyIds: [...keys.keys()],
    seal(plaintext, nonce) {
      if (nonce.length !== nonceBytes) throw new Error(`The nonce must have ${nonceBytes} bytes.`);
      const cipher = createCipheriv("aes-256-gcm", bytes, nonce);
      const sealed = Buffer.concat([
        nonce,
        cipher.update(plaintext, "utf8"),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return `${format}.${keyId}.${sealed.toString("base64url")}`;
    },
    open(sealed) {
      const [version, sealedKeyId, body] = sealed.split(".");
      const key = keys.get(sealedKeyId ?? "");
      if (version !== format || key === undefined || body === undefined) {
        throw new PosthornError("PH_ENCRYPTION_KEY_WRONG", {
          expected: sealedKeyId ?? "unknown",
          given: keyId,
        });
      }
      const data = Buffer.from(body, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", key, data.subarray(0, nonceBytes));
      decipher.setAuthTag(data.subarray(-tagBytes));
      return Buffer.concat([
        decipher.update(data.subarray(nonceBytes, -tagBytes)),
        decipher.final(),
      ]).toString("utf8");
    },
  };
}

function bytesOf(key: string): Buffer {
  const bytes = Buffer.from(key, "base64");
  if (bytes.length === keyBytes) return bytes;
  throw new PosthornError("PH_ENCRYPTION_KEY_INVALID", { bytes: bytes.length });
}

function idOf(bytes: Buffer): string {
  return createHash("sha256").update("posthorn key id").update(bytes).digest("hex").slice(0, 8);
}

/** The length of the nonce, for callers of `seal`. Each nonce must be new and random. */
export const sealNonceBytes = nonceBytes;
