/** Reads the contract documents. */
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import type { Contract } from "./contract.ts";
import { documentFiles, packageFolder, readDocument, schemaValidator } from "./documents.ts";
import { compileContract } from "./render.ts";

const packagedFolder = packageFolder("contracts");

/**
 * The compiled schema. It is compiled once, at first use, because compiling takes longer than
 * reading all documents.
 */
let validator: ReturnType<typeof schemaValidator<Contract>> | null = null;

/**
 * Returns every contract of a folder, by name.
 *
 * @param folder default: the documents packaged with the program.
 * @throws PosthornError `PH_CONTRACT_INVALID`, which names the file and the error.
 */
export function loadContracts(folder: string = packagedFolder): ReadonlyMap<string, Contract> {
  const contracts = new Map<string, Contract>();
  for (const file of documentFiles(folder)) {
    const contract = readContract(path.join(folder, file));
    if (file !== `${contract.name}.json`) {
      throw refuse(file, `its name ${contract.name} is not the file's name`);
    }
    contracts.set(contract.name, contract);
  }
  return contracts;
}

/**
 * The shipped contracts and those of an operator's folder.
 *
 * @param folder null for none.
 * @throws PosthornError `PH_CONTRACTS_DIR` if the folder cannot be read, `PH_CONTRACT_INVALID` for
 *   a broken document, or one with the name of a shipped contract.
 */
export function loadAllContracts(folder: string | null): ReadonlyMap<string, Contract> {
  const contracts = new Map(loadContracts());
  if (folder === null) return contracts;
  for (const [name, contract] of readable(folder)) {
    if (contracts.has(name)) throw refuse(`${name}.json`, `a shipped contract is named ${name}`);
    contracts.set(name, contract);
  }
  return contracts;
}

function readable(folder: string): ReadonlyMap<string, Contract> {
  try {
    return loadContracts(folder);
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PosthornError("PH_CONTRACTS_DIR", { folder, reason }, { cause: error });
  }
}

/**
 * Reads one document, and compiles it, because some errors show only then.
 *
 * @throws PosthornError `PH_CONTRACT_INVALID`
 */
export function readContract(file: string): Contract {
  validator ??= schemaValidator<Contract>(path.join(packagedFolder, "contract.schema.json"));
  const contract = readDocument(file, validator, (reason, cause) =>
    refuse(path.basename(file), reason, cause),
  );
  compileContract(contract);
  return contract;
}

function refuse(file: string, reason: string, cause?: unknown): PosthornError {
  return new PosthornError("PH_CONTRACT_INVALID", { contract: file, reason }, { cause });
}
