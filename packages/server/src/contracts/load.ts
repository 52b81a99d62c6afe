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
 * Returns every contract of a folder, by name. Each is also compiled, because some errors are
 * detected only then. @param folder default: the documents packaged with the program. @throws
 * PosthornError `PH_CONTRACT_INVALID`, which names the file and the error.
 */
export function loadContracts(folder: string = packagedFolder): ReadonlyMap<string, Contract> {
  validator ??= schemaValidator<Contract>(path.join(packagedFolder, "contract.schema.json"));
  const contracts = new Map<string, Contract>();
  for (const file of documentFiles(folder)) {
    const refuse = (reason: string, cause?: unknown): PosthornError =>
      new PosthornError("PH_CONTRACT_INVALID", { contract: file, reason }, { cause });
    const contract = readDocument(path.join(folder, file), validator, refuse);
    if (file !== `${contract.name}.json`) {
      throw refuse(`its name ${contract.name} is not the file's name`);
    }
    compileContract(contract);
    contracts.set(contract.name, contract);
  }
  return contracts;
}
