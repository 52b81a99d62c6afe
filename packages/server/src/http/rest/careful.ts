/**
 * Keeps a row whose JSON PostgreSQL cannot parse from failing the whole request. Such rows are
 * rare, so a request first runs normally. Only after a failure does it run again with functions
 * that tolerate such JSON.
 */
import { isAboutValue } from "../../postgres/asked.ts";
import type { Filter, LogicTree } from "./filter.ts";
import type { Field } from "./grammar.ts";
import type { TableRequest } from "./request.ts";

/** @param run must roll back its changes before it rejects. */
export async function withCare<Result>(
  request: TableRequest,
  run: (request: TableRequest) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(request);
  } catch (error) {
    if (!isAboutValue(error) || !leadsIntoJson(request)) throw error;
    return run({ ...request, isCareful: true });
  }
}

function leadsIntoJson({ resource, select, filters, order }: TableRequest): boolean {
  const isJson = ({ column, path }: Field): boolean =>
    path.length > 0 ||
    resource.columns.some(({ name, type }) => name === column && type === "json");
  const isFiltered = (filter: Filter | LogicTree): boolean =>
    filter.kind === "filter" ? isJson(filter.field) : filter.members.some(isFiltered);
  return (
    select?.some(({ field, cast }) => field.path.length > 0 || (cast !== null && isJson(field))) ===
      true ||
    filters.some(isFiltered) ||
    order.some(({ field }) => isJson(field))
  );
}
