/** The platform's own facts about an object: an object of texts, as Svix has it. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { createdWith, type Actor } from "../model/audit.ts";
import { unstorableBytes } from "../model/text.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Queryable } from "../postgres/pool.ts";

/** @throws PosthornError `PH_FIELD_INVALID` */
export function checkMetadata(value: unknown): Readonly<Record<string, string>> {
  const text = JSON.stringify(value);
  const isValid =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === "string") &&
    Buffer.byteLength(text) <= limits.metadataBytesMax &&
    Object.entries(value).every((entry) => unstorableBytes(entry.join("")) === null);
  if (isValid) return value as Readonly<Record<string, string>>;
  throw new PosthornError("PH_FIELD_INVALID", {
    field: "metadata",
    allowed: `an object of texts, of at most ${limits.metadataBytesMax} bytes as JSON`,
  });
}

/**
 * Replaces an org's metadata.
 *
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export async function setOrgMetadata(
  transaction: Queryable,
  org: { readonly id: string; readonly text: string },
  value: unknown,
  { nowMs, by }: { readonly nowMs: number; readonly by: Actor },
): Promise<void> {
  const metadata = checkMetadata(value);
  await transaction.query("update posthorn.orgs set metadata = $2, updated_at = $3 where id = $1", [
    org.id,
    JSON.stringify(metadata),
    new Date(nowMs).toISOString(),
  ]);
  await recordAudit(transaction, { action: "org.updated", by, atMs: nowMs }, [
    { orgId: org.id, id: org.text, changes: createdWith({ metadata: Object.keys(metadata) }) },
  ]);
}
