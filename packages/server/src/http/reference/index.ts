/**
 * The texts that the API reference adds to columns and arguments: groups, summaries and examples. A
 * test compares the examples with the schemas.
 */
import type { ApiReference } from "../rest/schema.ts";
import { functions } from "./functions.ts";
import { groups } from "./groups.ts";
import { tables } from "./tables.ts";

export { groups } from "./groups.ts";
export const apiReference: ApiReference = { tables, functions };

/** The tags of the OpenAPI document. */
export const apiTags = Object.values(groups);
