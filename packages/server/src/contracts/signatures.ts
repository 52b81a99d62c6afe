/** Compiles the signatures of a contract. */
import { createHmac, createPrivateKey, sign, type KeyObject } from "node:crypto";
import type {
  BinaryEncoding,
  ContractSignature,
  SignatureAlgorithm,
  SignaturePreset,
} from "./contract.ts";
import { KeyError, type EndpointKey, type KeyReading } from "./keys.ts";
import type { PlatformAlgorithm, PlatformKey } from "./platform-keys.ts";
import { compileBody, compileText, type Template, type TemplateOptions } from "./templates.ts";
import type { Rendering } from "./values.ts";

export interface CompiledSignature {
  readonly name: string;
  /** The name of the secret that signs; null if the platform's key signs. */
  readonly secret: string | null;
  /** The kind of the platform's key that signs; null if a secret signs. */
  readonly platform: PlatformAlgorithm | null;
  readonly reading: KeyReading;
  /**
   * Reads the key once.
   * @throws KeyError if the secret has none of the needed form.
   */
  prepare(key: EndpointKey): void;
  /** False if the document says that the body is intentionally not covered. */
  readonly mustCoverBody: boolean;
  /** True if its value contains the signatures of all valid secrets. */
  readonly isJoined: boolean;
  /** True if it contains its content, so that everyone can read it: a JSON Web Token. */
  readonly isReadable: boolean;
  /** Everything that the signature covers. */
  readonly content: Template;
  /**
   * The complete value: with a separator one signature for each key, otherwise the first key's.
   *
   * @param keys at least one, the current key first; or the platform's key.
   */
  value(rendering: Rendering, keys: readonly (EndpointKey | PlatformKey)[]): string;
}

/** The members that each preset sets. */
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

/** Makes one signature over a text. */
type Sign = (text: string, key: EndpointKey | PlatformKey, encoding: BinaryEncoding) => string;

const hashes = { "hmac-sha1": "sha1", "hmac-sha256": "sha256", "hmac-sha512": "sha512" } as const;

/** The names of JSON Web Signatures (RFC 7518 and 8037). */
const jwsNames: Readonly<Record<SignatureAlgorithm, string | null>> = {
  "hmac-sha1": null,
  "hmac-sha256": "HS256",
  "hmac-sha512": "HS512",
  ed25519: "EdDSA",
  "ecdsa-p256": "ES256",
  "rsa-sha256": "RS256",
};

export function compileSignature(
  name: string,
  signature: ContractSignature,
  options: TemplateOptions,
): CompiledSignature {
  const { algorithm = "hmac-sha256", encoding = "hex", separator } = signature;
  const signer = signerOf(signature, algorithm, options);
  const reading = { form: signature.key ?? "text", prefix: signature.keyPrefix ?? "" };
  const content = contentOf(signature, options);
  const [before, after] = parseForm(signature.form ?? "{signature}", options);
  const one = signOf(algorithm, reading, signature.jwt === undefined ? "der" : "raw");
  const write = signature.jwt === undefined ? null : jwtOf(signature, algorithm, content, options);
  return {
    name,
    ...signer,
    reading,
    prepare(key) {
      if (algorithm === "ed25519") ed25519KeyOf(key, reading);
      else key.keyOf(reading);
    },
    mustCoverBody: signature.withoutBody !== true,
    isJoined: separator !== undefined,
    isReadable: signature.jwt !== undefined,
    content,
    value(rendering, keys) {
      const text = write === null ? content.render(rendering) : "";
      const count = separator === undefined ? 1 : keys.length;
      let value = "";
      for (let index = 0; index < count; index += 1) {
        if (index > 0) value += separator;
        const key = keys[index] as EndpointKey | PlatformKey;
        const signed = write === null ? one(text, key, encoding) : write(rendering, key, one);
        value += before + signed + after;
      }
      return value;
    },
  };
}

function isPlatformAlgorithm(algorithm: SignatureAlgorithm): algorithm is PlatformAlgorithm {
  return !Object.hasOwn(hashes, algorithm);
}

/** Whether the platform's own key makes the signature; otherwise a secret of the endpoint does. */
export function usesPlatformKey({ algorithm, secret }: ContractSignature): boolean {
  return algorithm !== undefined && isPlatformAlgorithm(algorithm) && secret === undefined;
}

function signerOf(
  { secret }: ContractSignature,
  algorithm: SignatureAlgorithm,
  { path, names, refuse }: TemplateOptions,
): Pick<CompiledSignature, "secret" | "platform"> {
  if (isPlatformAlgorithm(algorithm) && (secret === undefined || algorithm !== "ed25519")) {
    if (secret === undefined) return { secret: null, platform: algorithm };
    throw refuse(`${path}/secret: ${algorithm} signs with the platform's key, not with a secret`);
  }
  const name = secret ?? names.secrets[0] ?? "";
  if (names.secrets.includes(name)) return { secret: name, platform: null };
  throw refuse(`${path}/secret: there is no secret ${name}; use ${names.secrets.join(" or ")}`);
}

function contentOf(signature: ContractSignature, options: TemplateOptions): Template {
  const { path, refuse } = options;
  if (signature.jwt !== undefined && signature.content !== undefined) {
    throw refuse(`${path} has both content and jwt`);
  }
  return signature.jwt === undefined
    ? compileText(signature.content ?? "{body}", { ...options, path: `${path}/content` })
    : compileBody(signature.jwt.claims, { ...options, path: `${path}/jwt/claims` });
}

function signOf(algorithm: SignatureAlgorithm, reading: KeyReading, form: "der" | "raw"): Sign {
  if (!isPlatformAlgorithm(algorithm)) {
    const hash = hashes[algorithm];
    return (text, key, encoding) =>
      createHmac(hash, (key as EndpointKey).keyOf(reading))
        .update(text, "utf8")
        .digest(encoding);
  }
  return (text, key, encoding) => {
    const isPlatform = "kid" in key;
    const signed = isPlatform
      ? key.sign(text, form)
      : sign(null, Buffer.from(text, "utf8"), ed25519KeyOf(key, reading));
    return signed.toString(encoding);
  };
}

/** By the bytes from which the secret is read: two signatures may read it in different ways. */
const ed25519Keys = new WeakMap<KeyObject, KeyObject>();

/** PKCS #8 (RFC 8410) before the 32 bytes of an Ed25519 key. */
const ed25519Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** The secret is the seed, or the seed and the public key, as Svix writes it. */
function ed25519KeyOf(key: EndpointKey, reading: KeyReading): KeyObject {
  const read = key.keyOf(reading);
  let found = ed25519Keys.get(read);
  if (found === undefined) {
    const bytes = read.export();
    if (bytes.length !== 32 && bytes.length !== 64) {
      throw new KeyError("it is not an Ed25519 key of 32 or 64 bytes");
    }
    const der = Buffer.concat([ed25519Prefix, bytes.subarray(0, 32)]);
    found = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    ed25519Keys.set(read, found);
  }
  return found;
}

/** Writes a JSON Web Token (RFC 7519). */
function jwtOf(
  { jwt }: ContractSignature,
  algorithm: SignatureAlgorithm,
  claims: Template,
  options: TemplateOptions,
): (rendering: Rendering, key: EndpointKey | PlatformKey, one: Sign) => string {
  const alg = jwsNames[algorithm];
  if (alg === null) throw options.refuse(`${options.path}: a JWT cannot be signed by ${algorithm}`);
  const own = ["alg", "kid"].find((member) => Object.hasOwn(jwt?.header ?? {}, member));
  if (own !== undefined) {
    throw options.refuse(`${options.path}/jwt/header/${own}: the signing key determines it`);
  }
  const encode = (json: string): string => Buffer.from(json, "utf8").toString("base64url");
  return (rendering, key, one) => {
    const kid = "kid" in key ? { kid: key.kid } : {};
    const header = JSON.stringify({ alg, typ: "JWT", ...kid, ...jwt?.header });
    const text = `${encode(header)}.${encode(claims.render(rendering))}`;
    return `${text}.${one(text, key, "base64url")}`;
  };
}

function parseForm(form: string, { path, refuse }: TemplateOptions): readonly [string, string] {
  const [before, after, ...more] = form.split("{signature}");
  if (before === undefined || after === undefined || more.length > 0) {
    throw refuse(`${path}/form must contain {signature} once`);
  }
  if (/[{}]/.test(before + after)) throw refuse(`${path}/form may contain only {signature}`);
  return [before, after];
}
