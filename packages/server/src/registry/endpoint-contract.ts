/** The contract of an endpoint: which its org may use, and which headers they set. */
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

export interface ContractChoice {
  /** What the request names; undefined if it names none. */
  readonly given: unknown;
  /** The contract of this API's endpoints if the org may use it; undefined if it prefers none. */
  readonly preferred: string | undefined;
  /** The contract for orgs that may use all. */
  readonly default: string;
}

/**
 * The contract of an org's new endpoint.
 * @throws PosthornError `PH_CONTRACT_NOT_OFFERED`
 */
export async function chosenContract(
  transaction: Queryable,
  orgId: string,
  { given, preferred, default: otherwise }: ContractChoice,
): Promise<unknown> {
  const { rows } = await transaction.query<{ contracts: string[] | null }>(
    "select contracts from posthorn.orgs where id = $1",
    [orgId],
  );
  const offered = rows[0]?.contracts ?? null;
  if (given === undefined) {
    if (offered === null) return preferred ?? otherwise;
    return preferred !== undefined && offered.includes(preferred) ? preferred : offered[0];
  }
  if (offered === null) return given;
  if (typeof given === "string" && offered.includes(given)) return given;
  throw notOffered(given, offered);
}

/**
 * Endpoints keep a contract that their org may no longer use, also if a change repeats its name.
 * @throws PosthornError `PH_CONTRACT_NOT_OFFERED`
 */
export async function requireOffered(
  transaction: Queryable,
  endpointIds: readonly string[],
  given: unknown,
): Promise<void> {
  const { rows } = await transaction.query<{ contracts: string[] }>(
    `select org.contracts
     from posthorn.endpoints as endpoint
     join posthorn.orgs as org on org.id = endpoint.org_id
     where endpoint.id = any ($1::uuid[]) and endpoint.contract <> $2 and $2 <> all (org.contracts)
     limit 1`,
    [endpointIds, String(given)],
  );
  if (rows[0] !== undefined) throw notOffered(given, rows[0].contracts);
}

function notOffered(given: unknown, offered: readonly string[]): PosthornError {
  return new PosthornError("PH_CONTRACT_NOT_OFFERED", {
    contract: JSON.stringify(given),
    contracts: offered.join(", "),
  });
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
