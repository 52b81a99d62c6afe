/**
 * Creates X.509 certificates during the test, so that none expires and no key is in the repository.
 * Supports just enough DER (ITU-T X.690) and X.509 (RFC 5280) for TLS servers on loopback.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";

export interface Certificate {
  /** In PEM format. */
  readonly cert: string;
  /** In PEM format. */
  readonly key: string;
}

export interface Authority extends Certificate {
  /**
   * Creates a certificate for `names`, which are host names and not addresses. Valid for a day by
   * default.
   */
  issue(names: readonly string[], validity?: Validity): Certificate;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const dayMs = 86_400_000;
const today: Validity = {
  notBefore: new Date(Date.now() - dayMs),
  notAfter: new Date(Date.now() + dayMs),
};

/**
 * Creates a certificate authority. Clients trust its own certificate, which is self-signed like all
 * roots.
 */
export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = newKeys();
  const build = (subject: string, key: KeyObject, extensions: Buffer[], validity: Validity) =>
    certificate({ issuer: name, issuerKey: privateKey, subject, key, extensions, validity });
  return {
    cert: build(name, publicKey, [basicConstraintsCa()], today),
    key: toPem(privateKey),
    issue: (names, validity = today) => {
      const keys = newKeys();
      const [subject = "none"] = names;
      const cert = build(subject, keys.publicKey, [subjectAltNames(names)], validity);
      return { cert, key: toPem(keys.privateKey) };
    },
  };
}

function newKeys(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function toPem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

interface CertificateFacts {
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly subject: string;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly validity: Validity;
}

function certificate(facts: CertificateFacts): string {
  const { issuer, issuerKey, subject, key, extensions, validity } = facts;
  const ecdsaWithSha256 = sequence(objectId("2a8648ce3d040302"));
  const toBeSigned = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer),
    sequence(time(validity.notBefore), time(validity.notAfter)),
    commonName(subject),
    key.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, issuerKey);
  const der = sequence(toBeSigned, ecdsaWithSha256, bitString(signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

function subjectAltNames(names: readonly string[]): Buffer {
  const list = sequence(...names.map((name) => tagged(0x82, Buffer.from(name))));
  return sequence(objectId("551d11"), tagged(0x04, list));
}

function basicConstraintsCa(): Buffer {
  const isTrue = tagged(0x01, Buffer.from([0xff]));
  return sequence(objectId("551d13"), isTrue, tagged(0x04, sequence(isTrue)));
}

function commonName(name: string): Buffer {
  const attribute = sequence(objectId("550403"), tagged(0x0c, Buffer.from(name)));
  return sequence(tagged(0x31, attribute));
}

/**
 * Encodes a time as GeneralizedTime. RFC 5280 requires UTCTime before 2050, but OpenSSL accepts
 * both.
 */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, "").slice(0, 14);
  return tagged(0x18, Buffer.from(`${digits}Z`));
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function bitString(content: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const lengthBytes =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...lengthBytes]), content]);
}
