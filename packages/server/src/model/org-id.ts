/**
 * The ids of orgs. The platform names an org by any text. Internally an org is a UUID: the text
 * itself if it is one, otherwise a UUID v8 (RFC 9562, section 5.8) of its SHA-256. So no lookup is
 * needed to publish. `sql/functions/org_id.sql` computes the same ids; a test compares the two.
 *
 * The text is not normalized: two texts with different bytes name two orgs. The UUID of a text
 * names the same org as the text.
 */
import { hash } from "node:crypto";
import { limits } from "../limits.ts";

export interface OrgId {
  /** The internal UUID, in lower case. */
  readonly id: string;
  /** The platform's text; null if it is the UUID itself. */
  readonly externalId: string | null;
}

/** Why a text cannot be the id of an org, an event or an endpoint; null if it can. */
export function externalIdProblem(text: string): "length" | "characters" | null {
  if (text === "") return "length";
  const isLong = text.length > limits.externalIdCharsMax;
  if (isLong && Array.from(text).length > limits.externalIdCharsMax) return "length";
  return unprintable.test(text) || !text.isWellFormed() ? "characters" : null;
}

/** Control characters. A lone surrogate is not matched: `isWellFormed` finds it. */
const unprintable = /\p{Cc}/u;

/** The text as it names an org: a UUID in lower case, anything else unchanged. */
export function canonicalOrgId(text: string): string {
  return isUuidOfAnyCase(text) ? text.toLowerCase() : text;
}

export function parseOrgId(text: string): OrgId {
  if (isUuidOfAnyCase(text)) return { id: text.toLowerCase(), externalId: null };
  return { id: uuidOfText(text), externalId: text };
}

/** The text that the platform knows: what `parseOrgId` was given. */
export function orgIdText({ id, externalId }: OrgId): string {
  return externalId ?? id;
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isUuidOfAnyCase(text: string): boolean {
  return text.length === 36 && uuid.test(text);
}

function uuidOfText(text: string): string {
  const hex = hash("sha256", text);
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) & 3] as string;
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** False for ids that are certainly UUIDs of the platform. */
export function isComputedOrgId(id: string): boolean {
  return id.charAt(14) === "8";
}
