/**
 * A node's compiled contracts: its own files, those that the API stores, and earlier versions that
 * attempts have used.
 */
import type { Contract } from "../contracts/contract.ts";
import { parseContract } from "../contracts/load.ts";
import { preview, type Preview, type PreviewOptions } from "../contracts/preview.ts";
import type { PlatformKeys } from "../contracts/platform-keys.ts";
import { compileContract, type CompiledContract } from "../contracts/render.ts";
import { hasKeysOf, versionOf } from "../contracts/versions.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { FoundVersion } from "../pipeline/dispatch/rebuild-request.ts";
import type { Clock } from "../pipeline/ports.ts";
import { inTransaction, type Pool } from "../postgres/pool.ts";
import type { CheckedDocument } from "../registry/index.ts";
import { otherContracts, readVersion, storeVersions, useVersion } from "./contract-versions.ts";

export interface LibraryOptions {
  readonly pool: Pool;
  readonly clock: Pick<Clock, "now" | "monotonicMs">;
  readonly platformKeys: PlatformKeys;
  /** The documents that this node has as files, by name. */
  readonly files: ReadonlyMap<string, Contract>;
  /** The ids of their versions. */
  readonly fileVersions: ReadonlyMap<string, number>;
  onError(error: unknown): void;
}

interface Loaded {
  readonly documentText: string;
  readonly compiled: CompiledContract;
}

export class ContractLibrary {
  readonly #options: LibraryOptions;
  readonly #current = new Map<string, CompiledContract>();
  /** The contracts that are not files. */
  #stored = new Map<string, Loaded>();
  readonly #versions = new Map<number, FoundVersion>();
  #loading: Promise<void> | null = null;
  /** True if a change was announced while an earlier state was being read. */
  #isStale = false;
  /** When a contract was last read because a delivery needed it. */
  #soughtAtMs = Number.NEGATIVE_INFINITY;

  private constructor(options: LibraryOptions) {
    this.#options = options;
    for (const [name, contract] of options.files) {
      this.#current.set(name, this.#compile(contract, options.fileVersions.get(name) ?? 0));
    }
  }

  /**
   * Compiles all contracts.
   *
   * @throws PosthornError `PH_CONTRACT_INVALID` if one cannot be used, e.g. because it signs with a
   *   key that is missing.
   */
  static async open(options: LibraryOptions): Promise<ContractLibrary> {
    const library = new ContractLibrary(options);
    await library.#readStored((error) => {
      throw error;
    });
    return library;
  }

  /** The contracts as endpoints use them now, by name. The same map changes over time. */
  get current(): ReadonlyMap<string, CompiledContract> {
    return this.#current;
  }

  /**
   * Checks a document that the API is to store, as if it were a file.
   *
   * @throws PosthornError `PH_CONTRACT_REFUSED`
   */
  check(documentText: string): CheckedDocument {
    try {
      const contract = parseContract(documentText);
      const version = versionOf(contract, this.#options.platformKeys);
      const rules = this.#compile(contract, 0);
      return {
        rules,
        preview: (event) => preview(rules, event),
        async store(transaction, nowMs) {
          const ids = await storeVersions(transaction, [version], nowMs);
          const id = ids.get(contract.name) ?? 0;
          await useVersion(transaction, contract.name, "api", id);
          return id;
        },
      };
    } catch (error) {
      if (!(error instanceof PosthornError) || error.code !== "PH_CONTRACT_INVALID") throw error;
      throw new PosthornError("PH_CONTRACT_REFUSED", error.facts, { cause: error });
    }
  }

  /** @throws PosthornError `PH_CONTRACT_UNKNOWN`, and those of `contracts/preview.ts`. */
  preview(name: string, event: PreviewOptions): Preview {
    const contract = this.#current.get(name);
    if (contract !== undefined) return preview(contract, event);
    const contracts = [...this.#current.keys()].join(", ");
    throw new PosthornError("PH_CONTRACT_UNKNOWN", { contract: JSON.stringify(name), contracts });
  }

  /** Reads the contracts that the API stores. An unusable one is reported, and left out. */
  reload(): Promise<void> {
    if (this.#loading !== null) {
      this.#isStale = true;
      return this.#loading;
    }
    this.#loading = this.#readUntilFresh().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Reads a contract that a delivery needs. Null if it was tried just now. */
  seek(name: string): Promise<void> | null {
    if (this.#current.has(name)) return null;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#loading === null && nowMs - this.#soughtAtMs < limits.contractSeekMs) return null;
    this.#soughtAtMs = nowMs;
    return this.reload();
  }

  /** A version that an attempt used; null if there is none. */
  async version(id: number): Promise<FoundVersion | null> {
    const known = this.#versions.get(id);
    if (known !== undefined) return known;
    const { pool, platformKeys } = this.#options;
    const stored = await readVersion(pool, id);
    if (stored === null) return null;
    const { documentText, senderVersion, signingKeys } = stored;
    const document = JSON.parse(documentText) as Contract;
    const contract = compileContract(document, platformKeys, { id, senderVersion });
    const algorithms = contract.platformAlgorithms;
    const found = {
      contract,
      hasKeysOf: (atMs: number) => hasKeysOf(signingKeys, platformKeys, algorithms, atMs),
    };
    if (this.#versions.size >= limits.contractVersionsCachedMax) this.#versions.clear();
    this.#versions.set(id, found);
    return found;
  }

  async #readUntilFresh(): Promise<void> {
    do {
      this.#isStale = false;
      try {
        await this.#readStored(this.#options.onError);
      } catch (error) {
        this.#options.onError(error);
      }
    } while (this.#isStale);
  }

  /** @param onUnusable is called with the error of a document that cannot be used. */
  async #readStored(onUnusable: (error: unknown) => void): Promise<void> {
    const { pool, files } = this.#options;
    const stored = new Map<string, Loaded>();
    for (const { name, documentText } of await otherContracts(pool, files.keys())) {
      const known = this.#stored.get(name);
      if (known?.documentText === documentText) stored.set(name, known);
      else {
        try {
          stored.set(name, { documentText, compiled: await this.#load(documentText) });
        } catch (error) {
          onUnusable(error);
          // An endpoint is better served by the earlier document than by none.
          if (known !== undefined) stored.set(name, known);
        }
      }
    }
    for (const name of this.#stored.keys()) if (!stored.has(name)) this.#current.delete(name);
    for (const [name, { compiled }] of stored) this.#current.set(name, compiled);
    this.#stored = stored;
  }

  /** Compiles a stored document as this program's version of it. */
  async #load(documentText: string): Promise<CompiledContract> {
    const { pool, platformKeys, clock } = this.#options;
    const contract = parseContract(documentText);
    this.#compile(contract, 0);
    const version = versionOf(contract, platformKeys);
    const ids = await inTransaction(pool, (transaction) =>
      storeVersions(transaction, [version], clock.now()),
    );
    return this.#compile(contract, ids.get(contract.name) ?? 0);
  }

  #compile(contract: Contract, id: number): CompiledContract {
    const { platformKeys, clock } = this.#options;
    const compiled = compileContract(contract, platformKeys, { id });
    for (const algorithm of compiled.platformAlgorithms) {
      if (platformKeys.keyAt(algorithm, clock.now()) !== null) continue;
      const reason = `POSTHORN_SIGNING_KEYS contains no active ${algorithm} key for its signature`;
      throw new PosthornError("PH_CONTRACT_INVALID", { contract: contract.name, reason });
    }
    return compiled;
  }
}
