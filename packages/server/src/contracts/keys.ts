/** Secrets of endpoints as keys: how their characters become bytes, and how new ones are made. */
import { createSecretKey, type KeyObject } from "node:crypto";
import { limits } from "../limits.ts";
import type { ContractSecret, KeyForm, SecretForm } from "./contract.ts";

/** How a signature reads its key from a secret. */
export interface KeyReading {
  readonly form: KeyForm;
  /** Removed from the secret first, if the secret starts with it. */
  readonly prefix: string;
}

/** A secret that lacks a key of the needed form. Its message never contains the secret. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

/** A secret whose keys are decoded once, at their first use. Inspecting it does not reveal it. */
export class EndpointKey {
  readonly #secret: string;
  readonly #keys = new Map<KeyReading, KeyObject>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The secret's characters, for contracts that send them as a credential. */
  text(): string {
    return this.#secret;
  }

  /**
   * @param reading always the same object for the same signature.
   * @throws KeyError if the secret contains no key of this form.
   */
  keyOf(reading: KeyReading): KeyObject {
    let key = this.#keys.get(reading);
    if (key === undefined) {
      key = createSecretKey(keyBytes(this.#secret, reading));
      this.#keys.set(reading, key);
    }
    return key;
  }
}

/** Padded standard base64, because the official libraries decode only that. */
const paddedBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const wholeHex = /^(?:[0-9a-f]{2})+$/i;

/** @throws KeyError */
export function keyBytes(secret: string, { form, prefix }: KeyReading): Buffer {
  const encoded = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (encoded === "") throw new KeyError("it is empty");
  const after = prefix === "" ? "" : `${prefix} and `;
  switch (form) {
    case "text":
      return Buffer.from(encoded, "utf8");
    case "hex":
      if (!wholeHex.test(encoded))
        throw new KeyError(`it is not ${after}an even number of hex digits`);
      return Buffer.from(encoded, "hex");
    case "base64":
      if (!paddedBase64.test(encoded)) throw new KeyError(`it is not ${after}base64 with padding`);
      return Buffer.from(encoded, "base64");
  }
}

const generatedBytesDefault = 32;

/** A new secret in the contract's form. */
export function generateSecret(
  secret: ContractSecret,
  randomBytes: (count: number) => Uint8Array,
): string {
  const { generate = "whsec", bytes = generatedBytesDefault } = secret;
  const prefix = secret.prefix ?? (generate === "whsec" ? "whsec_" : "");
  return (
    prefix + encodedBytes(generate, Buffer.from(randomBytes(generate === "uuid" ? 16 : bytes)))
  );
}

function encodedBytes(form: SecretForm, bytes: Buffer): string {
  if (form !== "uuid") return bytes.toString(form === "whsec" ? "base64" : form);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export interface SecretCheck {
  /** Why the contract cannot use the secret; null if it can. */
  readonly problem: string | null;
  /** Why the secret is weak; null if it is not. */
  readonly warning: string | null;
}

/** Printable text on one line. */
const printable = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

/** Text that a header's value can be, and that no receiver trims. */
const headerText = /^[!-~](?:[ -~]*[!-~])?$/;

/** The ways in which a contract uses a secret. */
export interface SecretUse {
  /** How its signatures read the secret. */
  readonly readings: readonly KeyReading[];
  /** True if a header contains the secret as it is. */
  readonly isHeaderValue?: boolean;
  /** Throws KeyError if a signature needs more than these bytes. */
  prepare?(key: EndpointKey): void;
}

/** Whether a secret can be used in this way. */
export function checkSecretText(secret: string, use: SecretUse): SecretCheck {
  const { readings, isHeaderValue = false } = use;
  const { secretCharsMax, secretBytesAdvised } = limits;
  if (secret.length > secretCharsMax || !printable.test(secret)) {
    const problem = `it must be text of 1 to ${secretCharsMax} printable characters`;
    return { problem, warning: null };
  }
  if (isHeaderValue && !headerText.test(secret)) {
    const problem = "a header contains it: it must be visible ASCII without spaces at its ends";
    return { problem, warning: null };
  }
  let bytes = Buffer.byteLength(secret);
  try {
    for (const reading of readings) bytes = Math.min(bytes, keyBytes(secret, reading).length);
    use.prepare?.(new EndpointKey(secret));
  } catch (error) {
    if (error instanceof KeyError) return { problem: error.message, warning: null };
    throw error;
  }
  if (bytes >= secretBytesAdvised) return { problem: null, warning: null };
  const warning =
    `The secret has ${bytes} bytes. Anyone can guess a short secret; use ${secretBytesAdvised} ` +
    "random bytes or more.";
  return { problem: null, warning };
}
