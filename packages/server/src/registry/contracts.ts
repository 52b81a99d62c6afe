/** Changes the contracts that the API stores. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Actor } from "../model/audit.ts";
import { recordAudit, type AuditRecord } from "../postgres/audit.ts";
import { announceContracts } from "../postgres/notify.ts";
import type { Queryable } from "../postgres/pool.ts";
import { unusableBy, type ContractRules, type SecretOptions } from "./endpoint-secrets.ts";

/** A document that was checked, ready to be stored. */
export interface CheckedDocument {
  readonly rules: ContractRules;
  /** The request that it would send, as rpc/preview_contract returns it. */
  preview(event: PreviewedEvent): object;
  /**
   * Makes it the version that endpoints with this contract use.
   *
   * @returns the version's id, an earlier one if the same document was stored before.
   */
  store(transaction: Queryable, nowMs: number): Promise<number>;
}

/** An event to preview, and the secrets that sign it. */
export interface PreviewedEvent {
  readonly eventType: string;
  /** JSON text. */
  readonly dataJson: string;
  readonly externalId: string | null;
  readonly url: string;
  /** By name. Secrets that are missing are generated. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

export interface ContractRegistryOptions extends SecretOptions {
  /** The contract of endpoints that do not name one. */
  readonly defaultContract: string;
  /**
   * Checks the JSON text of a document.
   * @throws PosthornError `PH_CONTRACT_REFUSED`
   */
  check(documentText: string): CheckedDocument;
  /**
   * The request that a stored contract would send.
   * @throws PosthornError `PH_CONTRACT_UNKNOWN`, `PH_PREVIEW`, `PH_SECRET_INVALID`
   */
  preview(name: string, event: PreviewedEvent): object;
  /** Reads the contracts again, after a commit. */
  reload(): Promise<void>;
  /** Reads a contract that another node may just have stored. Null if it is known. */
  seek(name: string): Promise<void> | null;
}

export interface ContractChange {
  readonly nowMs: number;
  readonly by: Actor;
}

interface ContractRow {
  name: string;
  origin: "shipped" | "folder" | "api";
  /** Null for a deleted contract that rows of deleted endpoints still name. */
  version: number | null;
}

/** One function for each action. Each runs inside the caller's transaction. */
export class ContractRegistry {
  readonly #options: ContractRegistryOptions;

  constructor(options: ContractRegistryOptions) {
    this.#options = options;
  }

  reload(): Promise<void> {
    return this.#options.reload();
  }

  /** Finds contracts that another node may just have stored. Never rejects. */
  async seek(names: readonly unknown[]): Promise<void> {
    for (const name of names) if (typeof name === "string") await this.#options.seek(name);
  }

  /** See `ContractRegistryOptions.preview`. */
  async preview(name: string, event: PreviewedEvent): Promise<object> {
    await this.seek([name]);
    return this.#options.preview(name, event);
  }

  /** @throws PosthornError `PH_CONTRACT_REFUSED`, `PH_PREVIEW`, `PH_SECRET_INVALID` */
  previewDocument(documentText: string, event: PreviewedEvent): Promise<object> {
    return Promise.resolve(this.#options.check(documentText).preview(event));
  }

  /**
   * Stores a new contract. With `isUpsert`, changes it if it exists.
   *
   * @throws PosthornError `PH_CONTRACT_EXISTS`, `PH_TOO_MANY_CONTRACTS`, and those of `change`.
   */
  async create(
    transaction: Queryable,
    name: string,
    documentText: string,
    change: ContractChange & { readonly isUpsert: boolean },
  ): Promise<void> {
    const checked = this.#check(name, documentText);
    // The lock lets two requests create a contract one after the other, and counts them correctly.
    await transaction.query("select pg_advisory_xact_lock($1)", [lockKey]);
    const [known] = await lockContracts(transaction, [name]);
    if (known !== undefined && known.version !== null) {
      if (known.origin === "api" && !change.isUpsert) {
        throw new PosthornError("PH_CONTRACT_EXISTS", { contract: name });
      }
      return this.#store(transaction, known, checked, change);
    }
    await requireRoom(transaction);
    await this.#store(transaction, { name, origin: "api", version: null }, checked, change);
  }

  /**
   * Replaces the document of contracts.
   *
   * @throws PosthornError `PH_CONTRACT_REFUSED` for an invalid document, `PH_CONTRACT_FIXED` for a
   *   file, `PH_CONTRACT_BREAKS` if endpoints could no longer sign.
   */
  async change(
    transaction: Queryable,
    names: readonly string[],
    documentText: string,
    change: ContractChange,
  ): Promise<void> {
    for (const known of await lockContracts(transaction, names)) {
      const checked = this.#check(known.name, documentText);
      await this.#store(transaction, known, checked, change);
    }
  }

  /** @throws PosthornError `PH_CONTRACT_FIXED`, `PH_CONTRACT_IN_USE`. */
  async delete(
    transaction: Queryable,
    names: readonly string[],
    { nowMs, by }: ContractChange,
  ): Promise<void> {
    for (const { name, origin, version } of await lockContracts(transaction, names)) {
      requireOwn(name, origin);
      await this.#requireUnused(transaction, name);
      // Keeps the row, because deleted endpoints may still refer to it. Without a version, the
      // contract no longer exists.
      await transaction.query("update posthorn.contracts set version = null where name = $1", [
        name,
      ]);
      const record = { action: "contract.deleted", by, atMs: nowMs } as const;
      await recordVersion(transaction, record, name, version, null);
    }
    await announceContracts(transaction);
  }

  #check(name: string, documentText: string): CheckedDocument {
    const bytes = Buffer.byteLength(documentText);
    if (bytes > limits.contractBytesMax) {
      const reason = `it has ${bytes} bytes; ${limits.contractBytesMax} are allowed`;
      throw new PosthornError("PH_CONTRACT_REFUSED", { contract: name, reason });
    }
    const checked = this.#options.check(documentText);
    if (checked.rules.name === name) return checked;
    const reason = `/name is ${checked.rules.name}, but the contract is ${name}`;
    throw new PosthornError("PH_CONTRACT_REFUSED", { contract: name, reason });
  }

  async #store(
    transaction: Queryable,
    { name, origin, version }: ContractRow,
    checked: CheckedDocument,
    { nowMs, by }: ContractChange,
  ): Promise<void> {
    requireOwn(name, origin);
    const stored = await checked.store(transaction, nowMs);
    if (stored === version) return;
    await this.#requireSigning(transaction, name, checked.rules);
    const action = version === null ? "contract.created" : "contract.updated";
    await recordVersion(transaction, { action, by, atMs: nowMs }, name, version, stored);
    await announceContracts(transaction);
  }

  /** Otherwise all attempts of these endpoints would fail from now on. */
  async #requireSigning(transaction: Queryable, name: string, rules: ContractRules): Promise<void> {
    let count = 0;
    let reason = "";
    const ids: string[] = [];
    const startMs = performance.now();
    for (let last = nilId; ;) {
      const { rows } = await transaction.query<{ id: string }>(
        `select id from posthorn.endpoints
         where contract = $1 and deleted_at is null and id > $2 order by id limit $3`,
        [name, last, endpointsPerCheck],
      );
      const page = rows.map(({ id }) => id);
      const problems = new Map([
        ...(await unusableBy(this.#options, transaction, page, rules)),
        ...(await lackingSecrets(transaction, page, rules)),
      ]);
      for (const [id, problem] of problems) {
        count += 1;
        reason ||= problem;
        if (ids.length < limits.endpointsNamedMax) ids.push(id);
      }
      last = page.at(-1) ?? "";
      if (page.length < endpointsPerCheck) break;
      if (performance.now() - startMs > limits.changeRowsMs) {
        throw new PosthornError("PH_CHANGE_TOO_LONG", { seconds: limits.changeRowsMs / 1000 });
      }
    }
    if (count === 0) return;
    throw new PosthornError(
      "PH_CONTRACT_BREAKS",
      { contract: name, endpoints: count, reason },
      { details: listed(ids, count) },
    );
  }

  async #requireUnused(transaction: Queryable, name: string): Promise<void> {
    const { rows } = await transaction.query<{ ids: string[] | null; count: number }>(
      `select count(*)::integer as count,
              (array_agg(id::text order by id))[1:$2::integer] as ids
       from posthorn.endpoints where contract = $1 and deleted_at is null`,
      [name, limits.endpointsNamedMax],
    );
    const { ids, count } = rows[0] ?? { ids: null, count: 0 };
    if (count > 0) {
      const users = `${count} endpoints`;
      const details = listed(ids ?? [], count);
      throw new PosthornError("PH_CONTRACT_IN_USE", { contract: name, users }, { details });
    }
    const orgs = await transaction.query<{ ids: string[] | null; count: number }>(
      `select count(*)::integer as count,
              (array_agg(coalesce(external_id, id::text) order by id))[1:$2::integer] as ids
       from posthorn.orgs where contracts @> array[$1::text]`,
      [name, limits.endpointsNamedMax],
    );
    const offered = orgs.rows[0] ?? { ids: null, count: 0 };
    if (offered.count > 0) {
      const users = `${offered.count} orgs`;
      const details = listed(offered.ids ?? [], offered.count, "Orgs");
      const hint = "Remove it from the contracts of these orgs first.";
      throw new PosthornError("PH_CONTRACT_IN_USE", { contract: name, users }, { details, hint });
    }
    if (name === this.#options.defaultContract) {
      throw new PosthornError("PH_CONTRACT_IN_USE", { contract: name, users: "POSTHORN_CONTRACT" });
    }
  }
}

/** The advisory lock of transactions that create contracts. */
const lockKey = 8_420_005;
const nilId = "00000000-0000-0000-0000-000000000000";
const endpointsPerCheck = 500;

function requireOwn(name: string, origin: ContractRow["origin"]): void {
  if (origin === "api") return;
  const place = { shipped: "is shipped with Posthorn", folder: "is a file of the folder" }[origin];
  throw new PosthornError("PH_CONTRACT_FIXED", { contract: name, place });
}

function listed(ids: readonly string[], count: number, what = "Endpoints"): string {
  const rest = count - ids.length;
  return `${what}: ${ids.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}.`;
}

/** A new endpoint's foreign key waits for this lock, so none can start to use the contract. */
async function lockContracts(
  transaction: Queryable,
  names: readonly string[],
): Promise<readonly ContractRow[]> {
  const { rows } = await transaction.query<ContractRow>(
    `select name, origin, version from posthorn.contracts
     where name = any ($1::text[]) order by name for update`,
    [names],
  );
  return rows;
}

async function requireRoom(transaction: Queryable): Promise<void> {
  const { rows } = await transaction.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.contracts
     where origin = 'api' and version is not null`,
  );
  if ((rows[0]?.count ?? 0) < limits.contractsStoredMax) return;
  throw new PosthornError("PH_TOO_MANY_CONTRACTS", { contracts: limits.contractsStoredMax });
}

/** An entry shows versions, because a document may be long; `webhook_contract_versions` has it. */
async function recordVersion(
  transaction: Queryable,
  record: AuditRecord,
  name: string,
  from: number | null,
  to: number | null,
): Promise<void> {
  await recordAudit(transaction, record, [
    { id: name, orgId: null, changes: { version: { from, to } } },
  ]);
}

/** The endpoints that lack a secret of a contract, each with the reason. */
async function lackingSecrets(
  transaction: Queryable,
  endpointIds: readonly string[],
  { definedSecrets, firstSecret }: ContractRules,
): Promise<ReadonlyMap<string, string>> {
  const needed = definedSecrets.filter((name) => name !== firstSecret);
  const { rows } = await transaction.query<{ id: string; name: string }>(
    `select endpoint.id, needed.name
     from unnest($1::uuid[]) as endpoint (id), unnest($2::text[]) as needed (name)
     where not exists (
       select from posthorn.endpoint_secrets as secret
       where secret.endpoint_id = endpoint.id and secret.name = needed.name
         and secret.expires_at is null)`,
    [endpointIds, needed],
  );
  return new Map(rows.map(({ id, name }) => [id, `the endpoint has no secret ${name}`]));
}
