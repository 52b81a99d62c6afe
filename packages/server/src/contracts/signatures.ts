/** Compiles the signatures of a contract. */
import { createHmac } from "node:crypto";
import type { BinaryEncoding, ContractSignature, SignaturePreset } from "./contract.ts";
import type { EndpointKey, KeyReading } from "./keys.ts";
import { compileText, type Template, type TemplateOptions } from "./templates.ts";
import type { Rendering } from "./values.ts";

export interface CompiledSignature {
  /** The name of the secret that signs. */
  readonly secret: string;
  readonly reading: KeyReading;
  readonly content: Template;
  /**
   * The complete value: with a separator one signature for each key, otherwise the first key's.
   *
   * @param keys at least one, the current key first.
   */
  value(rendering: Rendering, keys: readonly EndpointKey[]): string;
}

/** What a preset stands for. */
const presets: Readonly<Record<SignaturePreset, ContractSignature>> = {
  standard: {
    key: "base64",
    keyPrefix: "whsec_",
    content: "{event.id}.{attempt.timestamp_seconds}.{body}",
    encoding: "base64",
    form: "v1,{signature}",
    separator: " ",
  },
};

/** The signature as if its document had spelt it out. */
export function withoutPreset(signature: ContractSignature | SignaturePreset): ContractSignature {
  return typeof signature === "string" ? presets[signature] : signature;
}

const hashes = { "hmac-sha1": "sha1", "hmac-sha256": "sha256", "hmac-sha512": "sha512" } as const;

export function compileSignature(
  signature: ContractSignature,
  options: TemplateOptions,
): CompiledSignature {
  const { path, names, refuse } = options;
  const { algorithm = "hmac-sha256", encoding = "hex", form = "{signature}" } = signature;
  const secret = signature.secret ?? names.secrets[0] ?? "";
  if (!names.secrets.includes(secret)) {
    throw refuse(`${path}/secret: there is no secret ${secret}; use ${names.secrets.join(" or ")}`);
  }
  const reading = { form: signature.key ?? "text", prefix: signature.keyPrefix ?? "" };
  const content = compileText(signature.content ?? "{body}", {
    ...options,
    path: `${path}/content`,
  });
  if (
    signature.withoutBody !== true &&
    !content.traits.has("body") &&
    !content.traits.has("data")
  ) {
    throw refuse(`${path}/content does not cover the body; set withoutBody if that is intended`);
  }
  const [before, after] = parseForm(form, options);
  const one = hmac(hashes[algorithm], encoding, reading);
  const { separator } = signature;
  return {
    secret,
    reading,
    content,
    value(rendering, keys) {
      const text = content.render(rendering);
      const count = separator === undefined ? 1 : keys.length;
      let value = "";
      for (let index = 0; index < count; index += 1) {
        if (index > 0) value += separator;
        value += before + one(text, keys[index] as EndpointKey) + after;
      }
      return value;
    },
  };
}

function hmac(
  hash: string,
  encoding: BinaryEncoding,
  reading: KeyReading,
): (text: string, key: EndpointKey) => string {
  return (text, key) => createHmac(hash, key.keyOf(reading)).update(text, "utf8").digest(encoding);
}

function parseForm(form: string, { path, refuse }: TemplateOptions): readonly [string, string] {
  const [before, after, ...more] = form.split("{signature}");
  if (before === undefined || after === undefined || more.length > 0) {
    throw refuse(`${path}/form must contain {signature} once`);
  }
  if (/[{}]/.test(before + after)) throw refuse(`${path}/form may contain only {signature}`);
  return [before, after];
}
