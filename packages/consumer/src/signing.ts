/**
 * Signs webhooks. Senders create signatures and receivers verify them with the same code. A
 * `SignatureScheme` describes the form of a signature as data.
 */
import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { SignatureError } from "./signature-error.ts";

/**
 * Which bytes of an endpoint's secret are the key.
 *
 * - `text`: the whole secret in UTF-8, including a leading `whsec_`.
 * - `base64-after-prefix`: the decoded base64 after `whsec_` (Standard Webhooks 1.0.0, "Signature
 *   scheme"). As in the official libraries, the prefix is optional.
 */
export type KeyForm = "text" | "base64-after-prefix";

export interface SignatureScheme {
  readonly algorithm: "hmac-sha256";
  readonly keyForm: KeyForm;
  /** The signed text: a template over `{id}`, `{timestamp}` (Unix seconds) and `{body}`. */
  readonly content: string;
  readonly encoding: "hex" | "base64";
  /** The form of one signature in the header: a template with `{signature}`. */
  readonly form: string;
  /**
   * If true, the header contains a signature for each key, separated by spaces. Otherwise only the
   * first key signs.
   */
  readonly list: boolean;
}

/** The values that a signature covers. A body given as bytes is signed as exactly those bytes. */
export interface SignedParts {
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: number | string;
  readonly body: string | Uint8Array;
}

const secretPrefix = "whsec_";
/** Matches padded standard base64, because the official libraries decode only that. */
const paddedBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A secret whose keys are decoded once, at first use. Inspecting the object does not reveal the
 * secret.
 */
export class PreparedKey {
  readonly #secret: string;
  readonly #keys = new Map<KeyForm, KeyObject>();

  constructor(secret: string) {
    // The value may be undefined in spite of its type, e.g. if an environment variable is not set.
    if (typeof secret !== "string") {
      throw new SignatureError("secret_invalid", "The secret is missing.");
    }
    this.#secret = secret;
  }

  /** @throws SignatureError `secret_invalid` if the secret contains no key of this form. */
  keyOf(form: KeyForm): KeyObject {
    let key = this.#keys.get(form);
    if (key === undefined) {
      key = createSecretKey(form === "text" ? textKey(this.#secret) : base64Key(this.#secret));
      this.#keys.set(form, key);
    }
    return key;
  }
}

/**
 * @param forms the key forms that will be needed. A secret that lacks one of them fails here.
 * @throws SignatureError `secret_invalid`
 */
export function prepareKey(secret: string, forms: readonly KeyForm[] = []): PreparedKey {
  const key = new PreparedKey(secret);
  for (const form of forms) key.keyOf(form);
  return key;
}

function textKey(secret: string): Buffer {
  if (secret === "") throw new SignatureError("secret_invalid", "The secret is empty.");
  return Buffer.from(secret, "utf8");
}

function base64Key(secret: string): Buffer {
  const encoded = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  if (encoded === "" || !paddedBase64.test(encoded)) {
    throw new SignatureError("secret_invalid", `The secret is not ${secretPrefix} and base64.`);
  }
  return Buffer.from(encoded, "base64");
}

/** A signature scheme whose templates have been parsed. */
export interface CompiledScheme {
  readonly scheme: SignatureScheme;
  /**
   * One signature, in the header's form, e.g. `v1,…`.
   * @throws SignatureError `secret_invalid`
   */
  sign(key: PreparedKey, parts: SignedParts): string;
  /**
   * The header's complete value. In list form it has one signature for each key, otherwise only
   * that of the first key.
   * @param keys at least one, the current key first.
   * @throws SignatureError `secret_invalid`
   */
  headerValue(keys: readonly PreparedKey[], parts: SignedParts): string;
}

/**
 * @throws TypeError if a template is malformed: it contains an unknown placeholder, the content
 * lacks `{body}`, or the form does not contain `{signature}` exactly once.
 */
export function compileScheme(scheme: SignatureScheme): CompiledScheme {
  const { keyForm, encoding } = scheme;
  const content = parseContent(scheme.content);
  const [before, after] = parseForm(scheme.form);
  const sign = (key: PreparedKey, parts: SignedParts): string => {
    const hmac = createHmac("sha256", key.keyOf(keyForm));
    if (typeof parts.body === "string") {
      // Hashes one string with one update, because each update costs a call into C++.
      let text = "";
      for (const piece of content) text += piece.name === null ? piece.text : parts[piece.name];
      hmac.update(text, "utf8");
    } else {
      for (const piece of content) {
        if (piece.name === "body") hmac.update(parts.body);
        else hmac.update(piece.name === null ? piece.text : String(parts[piece.name]), "utf8");
      }
    }
    return before + hmac.digest(encoding) + after;
  };
  return {
    scheme,
    sign,
    headerValue(keys, parts) {
      const [current] = keys;
      if (current === undefined) throw new SignatureError("secret_invalid", "There is no secret.");
      if (!scheme.list || keys.length === 1) return sign(current, parts);
      return keys.map((key) => sign(key, parts)).join(" ");
    },
  };
}

const compiledSchemes = new WeakMap<SignatureScheme, CompiledScheme>();

/**
 * One signature, in the header's form.
 *
 * @throws SignatureError `secret_invalid`
 * @throws TypeError if the scheme is malformed; see `compileScheme`.
 */
export function computeSignature(
  scheme: SignatureScheme,
  secret: string | PreparedKey,
  parts: SignedParts,
): string {
  const key = typeof secret === "string" ? prepareKey(secret) : secret;
  return compiledScheme(scheme).sign(key, parts);
}

/** Compiles a scheme, and caches the result for each scheme object. */
export function compiledScheme(scheme: SignatureScheme): CompiledScheme {
  let compiled = compiledSchemes.get(scheme);
  if (compiled === undefined) {
    compiled = compileScheme(scheme);
    compiledSchemes.set(scheme, compiled);
  }
  return compiled;
}

type ContentPiece =
  | { readonly name: null; readonly text: string }
  | { readonly name: keyof SignedParts };

function parseContent(template: string): readonly ContentPiece[] {
  const pieces: ContentPiece[] = [];
  // The pieces with odd indexes are the placeholders.
  for (const [index, text] of template.split(/(\{[^{}]*\})/).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(text)) throw new TypeError(`Unbalanced brace in ${quoted(template)}.`);
      if (text !== "") pieces.push({ name: null, text });
    } else if (text === "{id}" || text === "{timestamp}" || text === "{body}") {
      pieces.push({ name: text.slice(1, -1) as keyof SignedParts });
    } else {
      throw new TypeError(`Unknown placeholder ${text} in ${quoted(template)}.`);
    }
  }
  if (!pieces.some((piece) => piece.name === "body")) {
    throw new TypeError(`The signed content ${quoted(template)} leaves out {body}.`);
  }
  return pieces;
}

function parseForm(template: string): readonly [string, string] {
  const [before, after, ...more] = template.split("{signature}");
  if (before === undefined || after === undefined || more.length > 0) {
    throw new TypeError(`The form ${quoted(template)} must have {signature} once.`);
  }
  if (/[{} ]/.test(before + after)) {
    throw new TypeError(`The form ${quoted(template)} has a brace or a space too many.`);
  }
  return [before, after];
}

function quoted(template: string): string {
  return JSON.stringify(template);
}
