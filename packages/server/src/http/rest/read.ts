/** Handles GET and HEAD on a table. */
import type { FastifyReply } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { runAskedRead } from "../../postgres/asked.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { sendRows } from "./answer.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import { withCare } from "./careful.ts";
import { appliedPreferences } from "./prefer.ts";
import { scopeOf, type TableRequest } from "./request.ts";
import { countStatement, explainStatement, pageStatement, type Selection } from "./sql.ts";

/**
 * A response header that marks a page with fewer rows than requested, because more would not fit in
 * a response.
 */
export const pageHeader = "x-posthorn-page";

interface Page {
  readonly body: string;
  readonly rows: number;
  readonly isShortened: boolean;
}

/** Sends the requested rows with PostgREST's status and headers. */
export async function read(
  tenants: Tenants,
  request: TableRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { page, total } = await withCare(request, (tried) => {
    const selection = selectionOf(tried);
    return tenants.read(selection.orgId, async (database) => ({
      page: await pageOf(database, selection, tenants.answerBytesMax),
      total: await totalOf(database, tried, selection),
    }));
  });
  const { offset } = request.window;
  if (total !== null && offset > total) {
    reply.header("content-range", `*/${total}`);
    throw new PosthornError(
      "PGRST103",
      {},
      {
        details: `An offset of ${offset} was requested, but there are only ${total} rows.`,
      },
    );
  }
  const range = page.rows === 0 ? "*" : `${offset}-${offset + page.rows - 1}`;
  reply.header("content-range", `${range}/${total ?? "*"}`);
  const location = contentLocation(request);
  if (location.length <= limits.contentLocationCharsMax) {
    reply.header("content-location", location);
  }
  const applied = appliedPreferences(request.preferences);
  if (applied !== null) reply.header("preference-applied", applied);
  if (page.isShortened) reply.header(pageHeader, "shortened");
  const isPart = page.isShortened || (total !== null && page.rows < total);
  if (!request.isSingular) reply.code(isPart ? 206 : 200);
  const columns = shownColumns(request);
  return sendRows(reply, request.accepted, { body: page.body, count: page.rows, columns });
}

/** The names of the response's columns. */
export function shownColumns({ select, resource }: TableRequest): readonly string[] {
  if (select !== null) return select.map(({ alias, field }) => alias ?? field.column);
  return resource.columns.filter((column) => !column.isShownOnce).map(({ name }) => name);
}

export function selectionOf(request: TableRequest): Selection {
  const { principal } = request;
  return {
    resource: request.resource,
    orgId: scopeOf(principal),
    mayOnlyRead: principal.kind === "key" && principal.role === "read",
    select: request.select,
    filters: request.filters,
    order: request.order,
    window: request.window,
    isCareful: request.isCareful,
  };
}

async function pageOf(database: Queryable, selection: Selection, bytesMax: number): Promise<Page> {
  if (selection.window.limit === 0) return { body: "[]", rows: 0, isShortened: false };
  // Limits the size, because a thousand events may have 256 MiB and a few such responses at once
  // would fill the memory.
  const statement = pageStatement(selection, bytesMax);
  const found = await runAskedRead(() => database.query<FoundPage>(statement));
  const page = found.rows[0];
  if (page === undefined) throw new Error("A page statement returned no row.");
  const isShortened = page.rows < page.found;
  if (isShortened && page.rows === 0) throw new PosthornError("PH_ANSWER_TOO_LARGE", { rows: 1 });
  return { body: page.body, rows: page.rows, isShortened };
}

interface FoundPage {
  readonly body: string;
  readonly rows: number;
  /** More than `rows` if some of them did not fit. */
  readonly found: number;
}

async function totalOf(
  database: Queryable,
  request: TableRequest,
  selection: Selection,
): Promise<number | null> {
  switch (request.preferences.count) {
    case null:
      return null;
    case "exact": {
      const { rows } = await runAskedRead(() =>
        database.query<{ count: number }>(countStatement(selection)),
      );
      return rows[0]?.count ?? 0;
    }
    // Both values mean the query planner's estimate.
    case "planned":
    case "estimated": {
      // The planner's statistics cover all orgs, so an estimate could reveal values that are
      // frequent in other orgs.
      const counted = selection.orgId === null ? null : await countUpTo(database, selection);
      if (counted !== null && counted <= limits.countedRowsMax) return counted;
      type Explained = { "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] };
      const { rows } = await runAskedRead(() =>
        database.query<Explained>(explainStatement(selection)),
      );
      const guessed = rows[0]?.["QUERY PLAN"][0].Plan["Plan Rows"] ?? 0;
      return Math.max(guessed, counted ?? 0);
    }
  }
}

/** Counts up to one more than `limits.countedRowsMax`. */
async function countUpTo(database: Queryable, selection: Selection): Promise<number> {
  const statement = countStatement(selection, limits.countedRowsMax + 1);
  const { rows } = await runAskedRead(() => database.query<{ count: number }>(statement));
  return rows[0]?.count ?? 0;
}

function contentLocation({ resource, parameters }: TableRequest): string {
  const query = parameters
    .toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return `/${resource.name}${query === "" ? "" : `?${query}`}`;
}
