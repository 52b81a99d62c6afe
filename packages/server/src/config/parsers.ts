/** Parsers of environment variables. Each throws an Error for a value that is not allowed. */
import { limits } from "../limits.ts";
import { canonicalOrgId, externalIdProblem } from "../model/org-id.ts";
import { presetNames, type Preset } from "../model/preset.ts";
import { parseDuration } from "../model/retry-schedule.ts";
import { parseKeySet } from "../registry/index.ts";
import { parseCidrs } from "../transport/index.ts";

export function longSecret(text: string): string {
  if (Buffer.byteLength(text) < limits.tokenSecretBytesLeast) throw new Error("is too short");
  return text;
}

export function checkedKeySet(text: string): string {
  parseKeySet(text);
  return text;
}

export function matching(text: string, pattern: RegExp): string {
  if (!pattern.test(text)) throw new Error(`does not match ${String(pattern)}`);
  return text;
}

export function orgId(text: string): string {
  if (externalIdProblem(text) !== null) throw new Error("is not an org's id");
  return canonicalOrgId(text);
}

export function oneOf(text: string, allowed: readonly string[]): string {
  if (!allowed.includes(text)) throw new Error("is not one of the allowed values");
  return text;
}

/**
 * Parses a list of presets; `none` is an empty list. Rejects unknown names, and a name that occurs
 * twice.
 */
export function presetList(text: string): readonly Preset[] {
  if (text.trim() === "none") return [];
  const names = text.split(",").map((each) => each.trim());
  if (new Set(names).size < names.length) throw new Error("contains a name twice");
  return names.map((name) => {
    const preset = presetNames.find((each) => each === name);
    if (preset === undefined) throw new Error("is not a preset");
    return preset;
  });
}

/** Rejects a URL with a path, because the path would be ignored or allow more than intended. */
export function originOf(text: string): string {
  const { origin, href, protocol } = new URL(text);
  if (protocol !== "https:" && protocol !== "http:") throw new Error("is neither http nor https");
  if (href !== `${origin}/`) throw new Error("contains more than an origin");
  return origin;
}

export function integerBetween(text: string, least: number, greatest: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > greatest) throw new Error("out of range");
  return number;
}

export function durationBetween(text: string, leastMs: number, greatestMs: number): number {
  const durationMs = parseDuration(text);
  if (durationMs === null) throw new Error("is not a duration");
  if (durationMs < leastMs || durationMs > greatestMs) throw new Error("out of range");
  return durationMs;
}

export function base64Of32Bytes(text: string): string {
  if (Buffer.from(text, "base64").length !== 32) throw new Error("is not 32 bytes");
  return text.trim();
}

export function isNotEmpty(text: string): boolean {
  return text.trim() !== "";
}

export function checkedCidrs(text: string): readonly string[] {
  parseCidrs(text);
  return text.split(",").map((range) => range.trim());
}
