/** The contract of an endpoint: which there are, and which headers they set. */
import { PosthornError } from "../errors/catalogue.ts";
import type { Queryable } from "../postgres/pool.ts";
import type { CheckedSecretOptions, ContractRules } from "./endpoint-secrets.ts";

/** The headers of the contract that the endpoints get, or of those that they have. */
export async function reservedHeaders(
  { contracts }: CheckedSecretOptions,
  transaction: Queryable,
  given: unknown,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  let names = [given];
  if (given === undefined) {
    const { rows } = await transaction.query<{ contract: string }>(
      "select distinct contract from posthorn.endpoints where id = any ($1::uuid[])",
      [ids],
    );
    names = rows.map(({ contract }) => contract);
  }
  return new Set(names.flatMap((name) => contracts.get(String(name))?.headerNames ?? []));
}

/** @throws PosthornError `PH_CONTRACT_UNKNOWN` */
export function knownContract({ contracts }: CheckedSecretOptions, value: unknown): ContractRules {
  const contract = typeof value === "string" ? contracts.get(value) : undefined;
  if (contract !== undefined) return contract;
  throw new PosthornError("PH_CONTRACT_UNKNOWN", {
    contract: JSON.stringify(value),
    contracts: [...contracts.keys()].join(", "),
  });
}
