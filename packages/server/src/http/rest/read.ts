/** GET and HEAD on a table. */
import type { FastifyReply } from "fastify";
import { PosthornError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { runAskedRead } from "../../postgres/asked.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { exportTypes, toCsv, toLines } from "./export.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import { appliedPreferences } from "./prefer.ts";
import { scopeOf, type TableRequest } from "./request.ts";
import { countStatement, explainStatement, pageStatement, type Selection } from "./sql.ts";

export const jsonType = "application/json; charset=utf-8";
export const singularType = "application/vnd.pgrst.object+json; charset=utf-8";

interface Page {
  readonly body: string;
  readonly rows: number;
}

/** Answers the rows that a request asks for, with PostgREST's status and headers. */
export async function read(
  tenants: Tenants,
  request: TableRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const selection = selectionOf(request);
  const { page, total } = await tenants.read(selection.orgId, async (database) => ({
    page: await pageOf(database, selection),
    total: await totalOf(database, request, selection),
  }));
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
  if (request.isSingular) {
    return reply.type(singularType).send(singular(page.body, page.rows));
  }
  reply.code(total !== null && page.rows < total ? 206 : 200);
  if (request.form !== "array") {
    return reply.type(exportTypes[request.form]).send(exported(request, page.body));
  }
  return reply.type(jsonType).send(page.body);
}

function exported({ form, select, resource }: TableRequest, body: string): string {
  const rows = JSON.parse(body) as Record<string, unknown>[];
  if (form !== "csv") return toLines(rows);
  const columns =
    rows[0] !== undefined
      ? Object.keys(rows[0])
      : select === null
        ? resource.columns.filter((column) => !column.isShownOnce).map(({ name }) => name)
        : select.map(({ alias, field }) => alias ?? field.column);
  return toCsv(columns, rows);
}

export function selectionOf(request: TableRequest): Selection {
  return {
    resource: request.resource,
    orgId: scopeOf(request.principal),
    select: request.select,
    filters: request.filters,
    order: request.order,
    window: request.window,
  };
}

async function pageOf(database: Queryable, selection: Selection): Promise<Page> {
  if (selection.window.limit === 0) return { body: "[]", rows: 0 };
  // A thousand events may be 256 MiB: a few such answers at once would fill the memory.
  const statement = pageStatement(selection);
  const { rows } = await runAskedRead(() =>
    database.query<{ body: string | null; rows: number }>(statement),
  );
  const page = rows[0];
  if (page === undefined) throw new Error("A page statement answered no row.");
  const { body } = page;
  if (body === null) throw new PosthornError("PH_ANSWER_TOO_LARGE", { rows: page.rows });
  return { body, rows: page.rows };
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
    // The planner's guess; `estimated` may be a guess by its definition.
    case "planned":
    case "estimated": {
      // It guesses from statistics about all orgs: what is frequent in another must not show here.
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

/** At most one more than `limits.countedRowsMax`. */
async function countUpTo(database: Queryable, selection: Selection): Promise<number> {
  const statement = countStatement(selection, limits.countedRowsMax + 1);
  const { rows } = await runAskedRead(() => database.query<{ count: number }>(statement));
  return rows[0]?.count ?? 0;
}

/** @throws PosthornError `PGRST116` unless there is exactly one row. */
export function singular(arrayText: string, rows: number): string {
  if (rows !== 1) {
    throw new PosthornError("PGRST116", {}, { details: `The result contains ${rows} rows` });
  }
  return arrayText.trim().slice(1, -1);
}

function contentLocation({ resource, parameters }: TableRequest): string {
  const query = parameters
    .toSorted((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1))
    .map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
  return `/${resource.name}${query === "" ? "" : `?${query}`}`;
}
