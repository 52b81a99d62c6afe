/** The filter of an endpoint, and tests of filters. */
import { parseFilter } from "../model/filter.ts";
import { jsonPathOf } from "../model/filter-path.ts";

/**
 * The columns of `posthorn.endpoints` for a filter.
 * @param filter JSON text; null for no filter.
 * @throws PosthornError `PH_FILTER_INVALID`
 */
export function filterColumns(filter: unknown): Readonly<Record<string, unknown>> {
  if (typeof filter !== "string") {
    return { filter: null, filter_path: null, filter_comparisons: null };
  }
  const { condition, comparisons } = parseFilter(filter);
  return {
    filter,
    filter_path: jsonPathOf(condition),
    filter_comparisons: comparisons,
  };
}
