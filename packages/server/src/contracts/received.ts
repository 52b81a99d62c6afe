/** The signatures of a contract as receivers check them: schemes of the consumer package. */
import type { KeyForm, SignatureScheme } from "@posthorn/consumer";
import type { Contract, ContractSignature } from "./contract.ts";
import { withoutPreset } from "./signatures.ts";

export interface ReceivedSignature {
  readonly header: string;
  readonly scheme: SignatureScheme;
}

/** How a receiver names the values that such a signature covers. */
const received: Readonly<Record<string, string>> = {
  "{event.id}": "{id}",
  "{event.svix_id}": "{id}",
  "{attempt.timestamp_seconds}": "{timestamp}",
  "{body}": "{body}",
};

/**
 * The headers that contain a signature and nothing else.
 *
 * @returns without those that a receiver cannot compute from the request and one secret alone.
 */
export function receivedSignatures(contract: Contract): readonly ReceivedSignature[] {
  return Object.entries(contract.headers).flatMap(([header, template]) => {
    const name = /^\{signature\.(\w+)\}$/.exec(template)?.[1];
    const signature = name === undefined ? undefined : contract.signatures?.[name];
    const scheme = signature === undefined ? null : schemeOf(withoutPreset(signature));
    return scheme === null ? [] : [{ header, scheme }];
  });
}

function schemeOf(signature: ContractSignature): SignatureScheme | null {
  const { algorithm = "hmac-sha256", encoding = "hex", separator } = signature;
  const keyForm = keyFormOf(signature);
  const content = signature.content ?? "{body}";
  const names: readonly string[] = content.match(/\{[^{}]*\}/g) ?? [];
  const isKnown = names.every((name) => Object.hasOwn(received, name)) && names.includes("{body}");
  const isSpaced = separator === undefined || separator === " ";
  if (algorithm !== "hmac-sha256" || encoding === "base64url" || keyForm === null) return null;
  if (!isKnown || !isSpaced) return null;
  return {
    algorithm,
    keyForm,
    content: content.replace(/\{[^{}]*\}/g, (name) => received[name] ?? name),
    encoding,
    form: signature.form ?? "{signature}",
    list: separator !== undefined,
  };
}

function keyFormOf({ key = "text", keyPrefix = "" }: ContractSignature): KeyForm | null {
  if (key === "text" && keyPrefix === "") return "text";
  return key === "base64" && keyPrefix === "whsec_" ? "base64-after-prefix" : null;
}
