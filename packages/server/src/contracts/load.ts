/** Reads the contract documents. */
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import type { Contract } from "./contract.ts";
import {
  documentFiles,
  packageFolder,
  parseDocument,
  readDocument,
  schemaValidator,
} from "./documents.ts";
import { compileContract } from "./render.ts";

const packagedFolder = packageFolder("contracts");

type ContractValidator = ReturnType<typeof schemaValidator<Contract>>;

/** The schema, compiled at its first use. */
let validator: ContractValidator | null = null;

/**
 * Returns every contract of a folder, by name.
 *
 * @param folder default: the documents packaged with the program.
 * @throws PosthornError `PH_CONTRACT_INVALID`, which names the file and the error.
 */
export function loadContracts(folder: string = packagedFolder): ReadonlyMap<string, Contract> {
  const contracts = new Map<string, Contract>();
  for (const file of documentFiles(folder)) {
    const validate = folder === packagedFolder ? null : contractValidator();
    const contract = readContract(path.join(folder, file), validate);
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
export function loadAllContracts(folder: string | null): {
  readonly shipped: ReadonlyMap<string, Contract>;
  readonly folder: ReadonlyMap<string, Contract>;
} {
  const shipped = loadContracts();
  const own = folder === null ? new Map<string, Contract>() : readable(folder);
  for (const name of own.keys()) {
    if (shipped.has(name)) throw refuse(`${name}.json`, `a shipped contract is named ${name}`);
  }
  return { shipped, folder: own };
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
 * @param validate null for a packaged document, which a test checks against the schema.
 * @throws PosthornError `PH_CONTRACT_INVALID`
 */
export function readContract(
  file: string,
  validate: ContractValidator | null = contractValidator(),
): Contract {
  const contract = readDocument(file, validate, (reason, cause) =>
    refuse(path.basename(file), reason, cause),
  );
  compileContract(contract);
  return contract;
}

/**
 * Checks the text of a document like that of a file.
 *
 * @param shownName what the error calls a document that has no name.
 * @throws PosthornError `PH_CONTRACT_INVALID`
 */
export function parseContract(text: string, shownName = "document"): Contract {
  const contract = parseDocument(text, contractValidator(), (reason, cause) =>
    refuse(nameIn(text) ?? shownName, reason, cause),
  );
  compileContract(contract);
  return contract;
}

function contractValidator(): ContractValidator {
  validator ??= schemaValidator<Contract>(path.join(packagedFolder, "contract.schema.json"));
  return validator;
}

function nameIn(text: string): string | null {
  try {
    const { name } = (JSON.parse(text) ?? {}) as { readonly name?: unknown };
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}

function refuse(file: string, reason: string, cause?: unknown): PosthornError {
  return new PosthornError("PH_CONTRACT_INVALID", { contract: file, reason }, { cause });
}
