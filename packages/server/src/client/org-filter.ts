/** The condition on the org in lists of the command line. */
import { probeOrgId } from "../model/probe.ts";

/**
 * Without `--org` and `--all`, a list leaves out the probe, whose deliveries would hide all others
 * on a quiet service: there is one a minute from each node.
 * @param isNamed true if another option names what to list.
 */
export function ofOrg(
  { org, all }: { readonly org?: string; readonly all?: true },
  isNamed = false,
): Readonly<Record<string, string>> {
  if (org !== undefined) return { org_id: `eq.${org}` };
  return all === true || isNamed ? {} : { org_id: `neq.${probeOrgId}` };
}

/** The condition that a column has this value. */
export function equal(column: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [column]: `eq.${value}` };
}
