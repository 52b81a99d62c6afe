/** Parses a request to a table, before any query runs. */
import type { FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { ApiCaller } from "../../model/principal.ts";
import { negotiate, type Accepted } from "./accept.ts";
import { parseFilter, parseLogicTree, type Filter, type LogicTree } from "./filter.ts";
import { parsePrefer, type Preferences } from "./prefer.ts";
import { parseQueryString, type QueryParameter } from "./query-string.ts";
import type { KeyRole, Operation, Resource } from "./resource.ts";
import {
  parseColumns,
  parseOrder,
  parseSelect,
  parseWindow,
  type OrderItem,
  type SelectItem,
  type Window,
} from "./select.ts";

export interface TableRequest {
  readonly resource: Resource;
  readonly principal: ApiCaller;
  readonly parameters: readonly QueryParameter[];
  readonly select: readonly SelectItem[] | null;
  readonly filters: readonly (Filter | LogicTree)[];
  readonly order: readonly OrderItem[];
  readonly window: Window;
  readonly columns: readonly string[] | null;
  readonly preferences: Preferences;
  /** True for `Accept: application/vnd.pgrst.object+json`, i.e. exactly one row, as an object. */
  readonly isSingular: boolean;
  /** See `Selection`. */
  readonly isCareful: boolean;
  /** The format in which rows are returned. */
  readonly accepted: Accepted;
}

/** @throws PosthornError with PostgREST's codes. The checks run in PostgREST's order. */
export function parseTableRequest(
  request: FastifyRequest,
  resource: Resource,
  principal: ApiCaller,
): TableRequest {
  checkProfile(request);
  const parameters = parseQueryString(request.raw.url ?? "");
  const last = (name: string): string | undefined =>
    parameters.findLast((each) => each.name === name)?.value;
  const select = parameters.find((each) => each.name === "select")?.value;
  const columns = parameters.find((each) => each.name === "columns")?.value;
  const order = last("order");
  const filters = parseFilters(parameters);
  const range = request.method === "GET" ? request.headers.range : undefined;
  const accepted = negotiate(request.headers.accept);
  return {
    resource,
    principal,
    parameters,
    select: select === undefined ? null : parseSelect(select),
    filters,
    order: order === undefined || order === "" ? [] : parseOrder(order),
    window: parseWindow(last("limit"), last("offset"), range),
    columns: columns === undefined ? null : parseColumns(columns),
    preferences: parsePrefer(headerText(request.headers["prefer"])),
    isSingular: accepted.form === "object",
    isCareful: false,
    accepted,
  };
}

const reserved = new Set(["select", "columns", "on_conflict", "order", "limit", "offset"]);

function parseFilters(parameters: readonly QueryParameter[]): readonly (Filter | LogicTree)[] {
  const filters: (Filter | LogicTree)[] = [];
  for (const { name, value } of parameters) {
    if (reserved.has(name)) continue;
    const logic = /^(not\.)?(and|or)$/.exec(name);
    if (logic !== null) {
      const kind = logic[2] === "and" ? "and" : "or";
      filters.push(parseLogicTree(kind, logic[1] !== undefined, value));
    } else {
      filters.push(parseFilter(name, value));
    }
  }
  const count = filters.reduce((sum, each) => sum + conditionsIn(each), 0);
  if (count > limits.filtersMax) {
    throw new PosthornError("PH_QUERY_TOO_COMPLEX", { what: "filters", most: limits.filtersMax });
  }
  return filters;
}

function conditionsIn(filter: Filter | LogicTree): number {
  return filter.kind === "filter"
    ? 1
    : filter.members.reduce((sum, each) => sum + conditionsIn(each), 0);
}

/** Rejects any schema except `public`, which supabase-js names in each call. */
export function checkProfile(request: FastifyRequest): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const header = request.headers[isRead ? "accept-profile" : "content-profile"];
  if (typeof header === "string" && header !== "public" && header !== "posthorn") {
    throw new PosthornError("PGRST106", { schema: header });
  }
}

export function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(",") : header;
}

/** The only org whose rows the principal may see; null if it may see all. */
export function scopeOf(principal: ApiCaller): string | null {
  if (principal.kind === "publisher") throw new Error("A publisher may see no rows.");
  return principal.kind === "admin" ? null : principal.orgId;
}

/**
 * @throws PosthornError `PGRST117` if nobody may do this, `42501` if only this principal may not.
 */
export function checkAllowed(resource: Resource, operation: Operation, principal: ApiCaller): void {
  const roles = resource.operations[operation];
  if (roles === undefined) {
    throw new PosthornError("PH_OPERATION_NOT_ALLOWED", { operation, table: resource.name });
  }
  const isAllowed =
    principal.kind === "publisher"
      ? resource.mayPublishForAll === true && operation === "insert"
      : principal.kind === "admin" || roles.includes(principal.role);
  if (isAllowed) return;
  const problem = `permission denied for table ${resource.name}`;
  const hint = roleHint(principal, `${verbs[operation]} ${resource.name}`, roles);
  throw new PosthornError("42501", { problem }, { hint });
}

const verbs: Readonly<Record<Operation, string>> = {
  read: "read",
  insert: "insert into",
  update: "change",
  delete: "delete from",
};

/** Says what the caller's role cannot do, and which roles can. */
export function roleHint(caller: ApiCaller, what: string, roles: readonly KeyRole[]): string {
  const role = caller.kind === "key" ? caller.role : "publish_all";
  const key = roles.length === 0 ? "the admin key" : `a key with the role ${roles.join(" or ")}`;
  return `The role ${role} cannot ${what}. Use ${key}.`;
}
