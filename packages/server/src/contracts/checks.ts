/** The rules for documents that the JSON Schema cannot express. */
import type { Contract, ContractSecret } from "./contract.ts";
import { generateSecret, type SecretCheck } from "./keys.ts";
import type { PlatformKeys } from "./platform-keys.ts";
import type { CompiledSignature } from "./signatures.ts";
import type { Render, Template } from "./templates.ts";

export interface HeaderTemplate {
  readonly name: string;
  readonly template: Template;
  readonly render: Render;
  /** The signature in a header that is sent once for each secret; null for other headers. */
  readonly numbered: number | null;
}

export interface CompiledDocument {
  readonly body: Template;
  readonly headers: readonly HeaderTemplate[];
  readonly signatures: readonly CompiledSignature[];
  readonly platformKeys: PlatformKeys;
}

type Refuse = (reason: string) => Error;

const mainSecret = { main: {} } as const;

/** The secrets that a contract defines, by name. */
export function secretsOf(contract: Contract): NonNullable<Contract["secrets"]> {
  return contract.secrets ?? mainSecret;
}

/**
 * How Posthorn generates a secret: as the document says, or in the form that its signatures read.
 */
export function generatedForm(
  contract: Contract,
  name: string,
  signatures: readonly CompiledSignature[],
): ContractSecret {
  const secret = secretsOf(contract)[name] ?? {};
  if (secret.generate !== undefined) return secret;
  const readings = signatures.filter((each) => each.secret === name).map((each) => each.reading);
  const encoded = readings.find(({ form }) => form !== "text");
  if (encoded === undefined) return secret;
  const { form, prefix } = encoded;
  return { generate: form === "hex" ? "hex" : "base64", prefix, ...secret };
}

/** Random bytes whose encodings contain the characters that the fewest forms allow. */
const highestBytes = (count: number): Uint8Array => Buffer.alloc(count, 0xff);

/** Every secret that Posthorn generates must be one that the contract can use. */
export function checkGenerated(
  names: readonly string[],
  formOf: (name: string) => ContractSecret,
  check: (name: string, secret: string) => SecretCheck,
  refuse: Refuse,
): void {
  for (const name of names) {
    const { problem } = check(name, generateSecret(formOf(name), highestBytes));
    if (problem === null) continue;
    throw refuse(`/secrets/${name}: the contract cannot use what Posthorn generates: ${problem}`);
  }
}

/** Whether the template contains a value, or an encoding or digest of it. */
function contains(names: readonly string[], value: string): boolean {
  return names.some((name) => name === value || name.startsWith(`${value}.`));
}

/** A signature must be sent, and must not cover what contains it. */
export function checkSignatures(document: CompiledDocument, refuse: Refuse): void {
  const { body, headers, signatures } = document;
  for (const { name, content, mustCoverBody, isReadable } of signatures) {
    const path = `/signatures/${name}`;
    const isInBody = contains(body.names, `signature.${name}`);
    const isInHeader = headers.some(({ template }) =>
      contains(template.names, `signature.${name}`),
    );
    if (!isInBody && !isInHeader) {
      throw refuse(`${path} is not sent; use {signature.${name}} in a header or the body`);
    }
    const covered = headers.filter((header) => contains(content.names, `header.${header.name}`));
    const all = [content, ...covered.map(({ template }) => template)];
    if (mustCoverBody && !all.some(({ traits }) => traits.has("whole"))) {
      throw refuse(`${path} does not cover the body; set withoutBody if that is intended`);
    }
    const loop = covered.find(({ template }) => template.traits.has("signature"));
    if (loop !== undefined) {
      throw refuse(`${path} covers the header ${loop.name}, which contains a signature`);
    }
    if (isInBody && (content.traits.has("body") || covered.length > 0)) {
      throw refuse(`${path} is part of the body, so it can cover neither the body nor a header`);
    }
    const revealed = all.some((template) => revealsCredential(template, body));
    if (isReadable && revealed) {
      throw refuse(
        `${path}: everyone can read a JWT, so its claims must not cover a header or a body that ` +
          "contains a secret",
      );
    }
  }
}

/** Whether a text shows a secret, alone or as part of the body that it shows. */
export function revealsCredential(template: Template, body: Template): boolean {
  const { traits } = template;
  return traits.has("credential") || (traits.has("body") && body.traits.has("credential"));
}

/** Whether a header contains the secret as it is. Then it must be a header's value. */
export function isSentRaw(
  name: string,
  firstSecret: string,
  headers: readonly HeaderTemplate[],
): boolean {
  return headers.some(({ template: { names } }) =>
    names.some((each) => each === `secret.${name}` || (each === "secret" && name === firstSecret)),
  );
}
