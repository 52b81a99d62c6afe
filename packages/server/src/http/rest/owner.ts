/** The org of rows that a request inserts. */
import { PosthornError } from "../../errors/catalogue.ts";
import { orgIdText, parseOrgId } from "../../model/org-id.ts";
import type { TableRequest } from "./request.ts";
import type { RowValues } from "./resource.ts";

/**
 * With an org's key, new rows belong to that org, even if the body does not say so.
 *
 * @throws PosthornError `42501` if the body names another org.
 */
export function withOwner({ principal, resource }: TableRequest, row: RowValues): RowValues {
  if (principal.kind !== "key" || resource.orgColumn === null) return row;
  const given = row[resource.orgColumn];
  const isGiven = typeof given === "string";
  if (isGiven && parseOrgId(given).id !== principal.orgId) {
    const problem = `new row violates row-level security policy for table "${resource.name}"`;
    const hint =
      `This key belongs to another org. Leave out ${resource.orgColumn}, or use a key of that ` +
      "org or the admin key.";
    throw new PosthornError("42501", { problem }, { hint });
  }
  const { orgId: id, orgExternalId: externalId } = principal;
  return { ...row, [resource.orgColumn]: isGiven ? given : orgIdText({ id, externalId }) };
}
