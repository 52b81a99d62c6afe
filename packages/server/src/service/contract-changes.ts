/** Records since when each contract sends as it does now. Earlier requests may have differed. */
import { createHash } from "node:crypto";
import type { Contract } from "../contracts/contract.ts";
import type { PublicKeys } from "../model/public-keys.ts";
import { usesPlatformKey, withoutPreset } from "../contracts/signatures.ts";
import type { Queryable } from "../postgres/pool.ts";
import { version } from "../version.ts";

const prefix = "contract_since/";

/**
 * Compares each contract's document, the program's version, and the platform's keys if the contract
 * signs with them, with those of the last start.
 *
 * @returns by contract: since when all are as they are now, in milliseconds since the epoch.
 */
export async function recordContractChanges(
  transaction: Queryable,
  contracts: ReadonlyMap<string, Contract>,
  publicKeys: PublicKeys,
  nowMs: number,
): Promise<ReadonlyMap<string, number>> {
  const digests = [...contracts.values()].map((contract) => digestOf(contract, publicKeys));
  const { rows } = await transaction.query<{ name: string; since: string }>(
    `insert into posthorn.settings as known (name, value)
     select $1 || name, digest || ' ' || $4
     from unnest($2::text[], $3::text[]) as given (name, digest)
     on conflict (name) do update
       set value = case when split_part(known.value, ' ', 1) = split_part(excluded.value, ' ', 1)
                        then known.value else excluded.value end
     returning substr(name, length($1) + 1) as name, split_part(value, ' ', 2) as since`,
    [prefix, [...contracts.keys()], digests, String(nowMs)],
  );
  return new Map(rows.map(({ name, since }) => [name, Number(since)]));
}

function digestOf(contract: Contract, { keys }: PublicKeys): string {
  const signatures = Object.values(contract.signatures ?? {}).map(withoutPreset);
  const signing = signatures.some(usesPlatformKey) ? keys : [];
  const facts = JSON.stringify([version, contract, signing]);
  return createHash("sha256").update(facts).digest("hex");
}
