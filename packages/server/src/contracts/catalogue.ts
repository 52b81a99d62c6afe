/** Reads the catalogue of event types that a new installation starts with. */
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { compileSchema } from "../model/json-schema.ts";
import { documentFiles, packageFolder, readDocument, schemaValidator } from "./documents.ts";

export interface EventTypeDocument {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of an event's `data`. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** An example of `data`; it fits the schema. */
  readonly example: unknown;
}

interface CatalogueDocument {
  readonly title: string;
  readonly eventTypes: readonly EventTypeDocument[];
}

const packagedFolder = packageFolder("catalogue");

/**
 * The event types of all files in a folder, in the files' order.
 *
 * @param folder default: the files packaged with the program.
 * @throws PosthornError `PH_CATALOGUE_INVALID` for a malformed file, a duplicate name, or an
 *   example that does not fit its schema.
 * @throws PosthornError `PH_SCHEMA_INVALID`
 */
export function loadCatalogue(folder: string = packagedFolder): readonly EventTypeDocument[] {
  const schemaFile = path.join(packagedFolder, "catalogue.schema.json");
  const validate = schemaValidator<CatalogueDocument>(schemaFile);
  const eventTypes = new Map<string, EventTypeDocument>();
  for (const file of documentFiles(folder)) {
    const refuse = (reason: string, cause?: unknown): PosthornError =>
      new PosthornError("PH_CATALOGUE_INVALID", { file, reason }, { cause });
    for (const eventType of readDocument(path.join(folder, file), validate, refuse).eventTypes) {
      const { name, schema, example } = eventType;
      if (eventTypes.has(name)) throw refuse(`event type ${name} is in the catalogue twice`);
      const broken = compileSchema(schema).explain(JSON.stringify(example));
      if (broken !== null) throw refuse(`the example of ${name} breaks its schema: ${broken}`);
      eventTypes.set(name, eventType);
    }
  }
  return [...eventTypes.values()];
}
