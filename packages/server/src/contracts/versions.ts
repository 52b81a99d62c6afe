/**
 * Versions of contracts: everything that the requests of a contract depend on, apart from the
 * attempt. Attempts name their version, so that their requests can be shown after every change.
 */
import { createHash } from "node:crypto";
import { version as programVersion } from "../version.ts";
import type { BodyTemplate, Contract } from "./contract.ts";
import type { PlatformAlgorithm, PlatformKeys } from "./platform-keys.ts";
import { usesPlatformKey, withoutPreset } from "./signatures.ts";

/** A key of the platform at the time when a version was made. */
export interface VersionKey {
  readonly algorithm: PlatformAlgorithm;
  readonly activeFromMs: number;
  /** The SHA-256 hash of the public key. */
  readonly digest: string;
}

export interface ContractVersion {
  /** The hash of all other members, in hex. */
  readonly hash: string;
  readonly name: string;
  /** JSON. */
  readonly documentText: string;
  /** The version of the program, which `{sender.version}` shows. */
  readonly senderVersion: string;
  /** The keys with the latest start first; null if the contract does not sign with them. */
  readonly signingKeys: readonly VersionKey[] | null;
  /** JSON of the body template, with the program's version filled in; null for a form. */
  readonly bodyText: string | null;
}

/** What this program makes of a document. */
export function versionOf(contract: Contract, platformKeys: PlatformKeys): ContractVersion {
  const signatures = Object.values(contract.signatures ?? {}).map(withoutPreset);
  const content = {
    name: contract.name,
    documentText: JSON.stringify(contract),
    senderVersion: programVersion,
    signingKeys: signatures.some(usesPlatformKey) ? keysOf(platformKeys) : null,
  };
  const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  return { ...content, hash, bodyText: bodyOf(contract) };
}

/** True if the platform has the key that signed at this time, for each of these algorithms. */
export function hasKeysOf(
  signingKeys: readonly VersionKey[] | null,
  platformKeys: PlatformKeys,
  algorithms: readonly PlatformAlgorithm[],
  atMs: number,
): boolean {
  const now = keysOf(platformKeys);
  return algorithms.every(
    (algorithm) =>
      keyAt(signingKeys ?? [], algorithm, atMs)?.digest === keyAt(now, algorithm, atMs)?.digest,
  );
}

function keyAt(
  keys: readonly VersionKey[],
  algorithm: PlatformAlgorithm,
  atMs: number,
): VersionKey | undefined {
  return keys.find((key) => key.algorithm === algorithm && key.activeFromMs <= atMs);
}

function keysOf({ all }: PlatformKeys): readonly VersionKey[] {
  return all.map(({ algorithm, activeFromMs, publicJwk }) => {
    const digest = createHash("sha256").update(JSON.stringify(publicJwk)).digest("hex");
    return { algorithm, activeFromMs, digest };
  });
}

/** SQL does not know the program's version, so the stored body contains it. */
function bodyOf({ body }: Contract): string | null {
  if (body === undefined) return null;
  const filled = (part: BodyTemplate): BodyTemplate => {
    if (typeof part === "string") return part.replaceAll("{sender.version}", programVersion);
    if (Array.isArray(part)) return part.map((item) => filled(item as BodyTemplate));
    if (typeof part !== "object" || part === null) return part;
    const members = Object.entries(part as Readonly<Record<string, BodyTemplate>>);
    return Object.fromEntries(members.map(([name, member]) => [name, filled(member)]));
  };
  return JSON.stringify(filled(body));
}
