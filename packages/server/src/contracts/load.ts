/** Reads the contract documents. */
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import type { Contract } from "./contract.ts";
import { documentFiles, packageFolder, readDocument, schemaValidator } from "./documents.ts";
import { compileContract } from "./render.ts";

const packagedFolder = packageFolder("contracts");

/** Compiled once, at its first use: compiling takes longer than reading all the documents. */
let validator: ReturnType<typeof schemaValidator<Contract>> | null = null;

/**
 * Every contract of a folder, by name.
 *
 * @param folder default: the documents packaged with the program.
 * @throws PosthornError `PH_CONTRACT_INVALID`, naming the file and the error.
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
