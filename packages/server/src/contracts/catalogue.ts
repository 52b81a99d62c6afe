/**
 * Reads the event types that are packaged with the program: those of presets, and Posthorn's own.
 */
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { compileSchema } from "../model/json-schema.ts";
import { documentFiles, packageFolder, readDocument, schemaValidator } from "./documents.ts";

export interface EventTypeDocument {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of an event's `data`. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** An example of `data`, which matches the schema. */
  readonly example: unknown;
}

interface CatalogueDocument {
  readonly title: string;
  readonly eventTypes: readonly EventTypeDocument[];
}

const packagedFolder = packageFolder("catalogue");

/** The validator of a file of the catalogue. */
export function catalogueValidator(): ReturnType<typeof schemaValidator<CatalogueDocument>> {
  return schemaValidator(path.join(packagedFolder, "catalogue.schema.json"));
}

/**
 * Returns the event types of all files in a folder, by the file's name without `.json`.
 * @param folder default: the files packaged with the program.
 * @throws PosthornError `PH_CATALOGUE_INVALID` for a malformed file, a duplicate name, or an
 * example that does not match its schema.
 * @throws PosthornError `PH_SCHEMA_INVALID`
 */
export function loadCatalogue(
  folder: string = packagedFolder,
): ReadonlyMap<string, readonly EventTypeDocument[]> {
  const isPackaged = folder === packagedFolder;
  // A test checks the packaged files: compiling their schemas took a quarter of a start.
  const validate = isPackaged ? null : catalogueValidator();
  const catalogue = new Map<string, readonly EventTypeDocument[]>();
  const known = new Set<string>();
  for (const file of documentFiles(folder)) {
    const refuse = (reason: string, cause?: unknown): PosthornError =>
      new PosthornError("PH_CATALOGUE_INVALID", { file, reason }, { cause });
    const { eventTypes } = readDocument(path.join(folder, file), validate, refuse);
    catalogue.set(path.basename(file, ".json"), eventTypes);
    for (const { name, schema, example } of eventTypes) {
      if (known.has(name)) throw refuse(`event type ${name} is in the catalogue twice`);
      known.add(name);
      if (isPackaged) continue;
      const broken = compileSchema(schema).explain(JSON.stringify(example));
      if (broken !== null) throw refuse(`the example of ${name} breaks its schema: ${broken}`);
    }
  }
  return catalogue;
}
