/** The secrets of a new endpoint: those of another sender, or new ones. */
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import {
  invalid,
  newSecret,
  secretName,
  storedName,
  storeSecret,
  type ContractRules,
  type NewSecret,
  type SecretOptions,
} from "./endpoint-secrets.ts";

/** A secret of a new endpoint. */
export interface InitialSecret extends NewSecret {
  readonly name: string;
  /** Null for the current secret of its name. */
  readonly expiresAtMs: number | null;
}

/**
 * Checks the given secrets, and adds new ones for the names that have none.
 *
 * @param given `secret`, a text for the contract's first secret, or `secrets`, a list.
 * @returns the current secrets first, that of the contract's first name before all.
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_SECRET_INVALID`
 */
export function initialSecrets(
  options: SecretOptions,
  contract: ContractRules,
  given: { readonly secret?: unknown; readonly secrets?: unknown },
  nowMs: number,
): readonly InitialSecret[] {
  const listed = secretsIn(given.secrets);
  if (listed.length > 0 && (given.secret ?? null) !== null) {
    throw invalid("secrets", "either secret or secrets");
  }
  const secrets = listed.map((each): InitialSecret => {
    const name = secretName(contract, each["name"]);
    const { secret, warning } = newSecret(options, contract, name, each["secret"] ?? "");
    return { secret, warning, name, expiresAtMs: endOf(each["expires_at"], nowMs) };
  });
  const current = contract.definedSecrets.map((name): InitialSecret => {
    const own = secrets.filter((each) => each.name === name && each.expiresAtMs === null);
    if (own.length > 1) throw invalid("secrets", "one secret without expires_at for each name");
    const text = name === contract.firstSecret ? given.secret : null;
    return own[0] ?? { ...newSecret(options, contract, name, text), name, expiresAtMs: null };
  });
  const earlier = secrets.filter(({ expiresAtMs }) => expiresAtMs !== null);
  const most = limits.oldSecretsMax;
  for (const name of contract.definedSecrets) {
    if (earlier.filter((each) => each.name === name).length > most) {
      throw invalid("secrets", `at most ${most} secrets with expires_at for each name`);
    }
  }
  return [...current, ...earlier];
}

/**
 * The entries of the field `secrets`; none if it is not given.
 *
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function secretsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if ((value ?? null) === null) return [];
  const most = limits.initialSecretsMax;
  const isObject = (each: unknown): boolean => typeof each === "object" && each !== null;
  if (!Array.isArray(value) || value.length > most || !value.every(isObject)) {
    throw invalid("secrets", `a list of at most ${most} objects with name, secret, expires_at`);
  }
  const list = value as readonly Readonly<Record<string, unknown>>[];
  const members = new Set(["name", "secret", "expires_at"]);
  const unknown = list.flatMap(Object.keys).find((member) => !members.has(member));
  if (unknown !== undefined) throw invalid("secrets", "only name, secret and expires_at");
  return list;
}

function endOf(value: unknown, nowMs: number): number | null {
  if (value === undefined || value === null) return null;
  const endMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  const mostMs = nowMs + limits.secretOverlapSecondsMax * 1000;
  if (endMs > nowMs && endMs <= mostMs) return endMs;
  throw invalid("secrets", "an expires_at in the future, at most 10 years from now");
}

/** Stores them so that signatures have the order of the list. */
export async function storeInitialSecrets(
  options: SecretOptions,
  transaction: Queryable,
  endpointId: string,
  contract: ContractRules,
  secrets: readonly InitialSecret[],
  nowMs: number,
): Promise<void> {
  for (const [index, { name, secret, expiresAtMs }] of secrets.entries()) {
    await storeSecret(options, transaction, {
      endpointId,
      name: storedName(contract, name),
      secret,
      // Signatures are ordered by it, so two secrets must not have the same.
      nowMs: nowMs - index,
      expiresAtMs,
    });
  }
}
