/** The secrets that endpoints need for another contract and do not have. */
import type { Queryable } from "../postgres/pool.ts";
import { knownContract } from "./endpoint-contract.ts";
import {
  invalid,
  newSecret,
  secretName,
  storeSecret,
  type CheckedSecretOptions,
  type NewSecret,
  type SecretOptions,
} from "./endpoint-secrets.ts";
import { secretsIn } from "./initial-secrets.ts";

/** A secret that an endpoint gets together with its contract. */
export interface AddedSecret extends NewSecret {
  readonly endpointId: string;
  readonly name: string;
}

/**
 * Checks the given secrets, and creates the others that the contract defines and the endpoints
 * lack. An endpoint always has the contract's first secret.
 *
 * @param given the fields of the change. `secrets` is a list of objects with `name` and `secret`.
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_SECRET_INVALID`
 */
export async function addedSecrets(
  options: CheckedSecretOptions,
  transaction: Queryable,
  endpointIds: readonly string[],
  given: { readonly contract?: unknown; readonly secrets?: unknown },
): Promise<readonly AddedSecret[]> {
  if (given.contract === undefined) {
    if (given.secrets === undefined) return [];
    throw invalid("secrets", "no value without contract; rotate_secret replaces a secret");
  }
  const contract = knownContract(options, given.contract);
  const listed = secretsIn(given.secrets).map((each) => {
    if (each["expires_at"] !== undefined) throw invalid("secrets", "no expires_at in a change");
    return { name: secretName(contract, each["name"]), secret: each["secret"] ?? "" };
  });
  const names = listed.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid("secrets", "each name once");
  const { rows } = await transaction.query<{ endpoint_id: string; name: string }>(
    `select endpoint_id, name from posthorn.endpoint_secrets
     where endpoint_id = any ($1::uuid[]) and expires_at is null and name is not null`,
    [endpointIds],
  );
  const added: AddedSecret[] = [];
  for (const endpointId of endpointIds) {
    const own = rows.filter((row) => row.endpoint_id === endpointId).map(({ name }) => name);
    const present = new Set([contract.firstSecret, ...own]);
    const known = names.find((name) => present.has(name));
    if (known !== undefined) {
      throw invalid("secrets", `no secret ${known}: the endpoint has one; use rotate_secret`);
    }
    for (const name of contract.definedSecrets.filter((each) => !present.has(each))) {
      const text = listed.find((each) => each.name === name)?.secret;
      const { secret, warning } = newSecret(options, contract, name, text);
      added.push({ endpointId, name, secret, warning });
    }
  }
  return added;
}

/** Stores them with the endpoints' current version. */
export async function storeAddedSecrets(
  options: SecretOptions,
  transaction: Queryable,
  secrets: readonly AddedSecret[],
  nowMs: number,
): Promise<void> {
  for (const { endpointId, name, secret } of secrets) {
    await storeSecret(options, transaction, { endpointId, name, secret, nowMs });
  }
}

export interface ListedSecret {
  readonly name: string;
  readonly created_at: Date;
  /** When it starts to sign headers with room for one signature; null if it has started. */
  readonly switches_at: Date | null;
  /** Null for the current secret of its name. */
  readonly expires_at: Date | null;
}

/** The secrets that sign now or later, without their values. The current one of a name is first. */
export async function listSecrets(
  { contracts }: Pick<CheckedSecretOptions, "contracts">,
  database: Queryable,
  endpointId: string,
  nowMs: number,
): Promise<readonly ListedSecret[]> {
  const { rows: endpoints } = await database.query<{ contract: string }>(
    "select contract from posthorn.endpoints where id = $1",
    [endpointId],
  );
  const contract = contracts.get(endpoints[0]?.contract ?? "");
  const { rows } = await database.query<ListedSecret>(
    `select coalesce(name, $2) as name, created_at, expires_at,
            case when switch_at > $3::timestamptz then switch_at end as switches_at
     from posthorn.endpoint_secrets
     where endpoint_id = $1 and (expires_at is null or expires_at > $3::timestamptz)
     order by endpoint_secrets.name nulls first, expires_at desc nulls first, id`,
    [endpointId, contract?.firstSecret ?? "main", new Date(nowMs)],
  );
  return rows;
}
