/** Handles POST, PATCH and DELETE on a table. The resource's own calls make the changes. */
import type { FastifyReply } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { aboutElement } from "../../errors/element.ts";
import type { Actor } from "../../model/audit.ts";
import { limits } from "../../limits.ts";
import { parseOrgId } from "../../model/org-id.ts";
import { runAsked, runAskedRead } from "../../postgres/asked.ts";
import type { Client, Queryable } from "../../postgres/pool.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import { appliedPreferences } from "./prefer.ts";
import { sendObject, sendRows, singular } from "./answer.ts";
import { withCare } from "./careful.ts";
import { withHeaderKey } from "./idempotency.ts";
import { withOwner } from "./owner.ts";
import { selectionOf, shownColumns } from "./read.ts";
import { scopeOf, type TableRequest } from "./request.ts";
import type { Column, InsertedRow, Resource, RowValues, WriteContext } from "./resource.ts";
import { parseColumns, type SelectItem } from "./select.ts";
import { existingStatement, keysStatement, rowsStatement } from "./sql.ts";
import { parsePatch, parseRows, requireColumns } from "./values.ts";

export interface WriteDependencies {
  readonly tenants: Tenants;
  readonly nowMs: number;
  readonly actor: Actor;
}

/** Thrown to roll back a transaction whose response is already known, for `Prefer: tx=rollback`. */
class RolledBack<Result> extends Error {
  readonly result: Result;
  constructor(result: Result) {
    super("The transaction was rolled back because the request asked for it.");
    this.result = result;
  }
}

export async function insert(
  dependencies: WriteDependencies,
  request: TableRequest,
  bodyText: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { resource, preferences } = request;
  if (preferences.resolution !== null) checkUpsert(request);
  const { rows: given, isArray } = parseRows(resource, bodyText, request.columns);
  const rows = withHeaderKey(resource, reply.request.headers["idempotency-key"], given);
  const count = rows.length;
  const owned = rows.map((row, index) =>
    aboutElement({ index, count }, () => requireColumns(resource, withOwner(request, row))),
  );
  if (request.isSingular && owned.length !== 1) singular("[]", owned.length);

  const answersRows =
    preferences.returns === "representation" ||
    (preferences.returns === null && resource.answersInserts === true);
  const { inserted, texts, isOnlyUpdates } = await insertRows(
    dependencies,
    request,
    owned,
    answersRows,
  );

  const total = preferences.count === null ? "*" : inserted.length;
  reply.code(isOnlyUpdates ? 200 : 201).header("content-range", `*/${total}`);
  const applied = appliedPreferences(preferences);
  if (applied !== null) reply.header("preference-applied", applied);
  nameOnlyRow(request, reply, inserted);
  if (!answersRows) return reply.send();
  // The platform's documentation shows a response with the created object to a request without a
  // `Prefer` header.
  if (preferences.returns === null && !isArray) {
    return sendObject(reply, request.accepted, texts[0] ?? "{}");
  }
  return sendTexts(request, reply, texts);
}

/**
 * Sets the headers that name the inserted row. With several rows it sets none, because a thousand
 * ids would exceed the header limits of proxies.
 */
function nameOnlyRow(
  { resource, preferences }: TableRequest,
  reply: FastifyReply,
  [only, ...others]: readonly InsertedRow[],
): void {
  if (only === undefined || others.length > 0) return;
  const { insertHeaders } = resource;
  if (preferences.returns === "headers-only" || insertHeaders !== undefined) {
    const url = reply.request.routeOptions.url ?? "";
    const key = encodeURIComponent(only.shownKey ?? only.key);
    reply.header("location", `${url}?${resource.primaryKey}=eq.${key}`);
  }
  for (const { name, valueOf } of insertHeaders ?? []) reply.header(name, valueOf(only));
}

/** Only the primary key identifies a row, so nothing else can conflict. */
function checkUpsert({ resource, parameters }: TableRequest): void {
  if (resource.canUpsert !== true) {
    throw new PosthornError("PGRST127", { feature: `upsert into ${resource.name}` });
  }
  const given = parameters.find((each) => each.name === "on_conflict")?.value;
  if (given === undefined) return;
  const columns = parseColumns(given);
  if (columns.length !== 1 || columns[0] !== resource.primaryKey) throw new PosthornError("42P10");
}

interface Inserted {
  readonly inserted: readonly InsertedRow[];
  readonly texts: readonly string[];
  /** True if the upsert inserted no row. */
  readonly isOnlyUpdates: boolean;
}

async function insertRows(
  dependencies: WriteDependencies,
  request: TableRequest,
  rows: readonly RowValues[],
  answersRows: boolean,
): Promise<Inserted> {
  const { resource, preferences } = request;
  if (rows.length === 0) {
    const isOnlyUpdates = preferences.resolution === "merge-duplicates";
    return { inserted: [], texts: [], isOnlyUpdates };
  }
  if (resource.insertAlone === undefined) {
    return insertTogether(dependencies, request, rows, answersRows);
  }
  if (preferences.isRolledBack) {
    throw new PosthornError("PGRST127", { feature: `tx=rollback on ${resource.name}` });
  }
  if (answersRows) checkAnswerable(request);
  const { nowMs, actor } = dependencies;
  const { principal } = request;
  const inserted = await resource.insertAlone(rows, { principal, actor, nowMs });
  const { id: orgId } = parseOrgId(String(rows[0]?.["org_id"]));
  const texts = answersRows
    ? await dependencies.tenants.answer(orgId, (database) => rowTexts(database, request, inserted))
    : [];
  return { inserted, texts, isOnlyUpdates: false };
}

async function insertTogether(
  dependencies: WriteDependencies,
  request: TableRequest,
  rows: readonly RowValues[],
  answersRows: boolean,
): Promise<Inserted> {
  const { resource, preferences } = request;
  const { resolution } = preferences;
  await resource.prepare?.(rows, scopeOf(request.principal));
  const stored = await transacted(dependencies, request, async (transaction) => {
    const isUpsert = resolution === "merge-duplicates";
    const context = { ...contextOf(dependencies, request, transaction), isUpsert };
    const fresh = resolution === null ? rows : await freshRows(transaction, resource, rows);
    const wanted = resolution === "ignore-duplicates" ? fresh : rows;
    const inserted = (await resource.insert?.(wanted, context)) ?? [];
    const texts = answersRows ? await shownTexts(dependencies, transaction, request, inserted) : [];
    return { inserted, texts, isOnlyUpdates: isUpsert && fresh.length === 0 };
  });
  await resource.afterInsert?.();
  return stored;
}

/**
 * Checks the `select` before the insert, because an insert must not be committed and then rejected
 * on account of its response. A cast or a path can fail on the stored values, and repeated columns
 * can exceed the size of a response.
 */
function checkAnswerable({ resource, select }: TableRequest): void {
  const once = namesShownOnce(resource);
  const columns = select?.map(({ field }) => field.column) ?? [];
  if (new Set(columns).size < columns.length) {
    const feature = `a column twice in the select of an insert into ${resource.name}`;
    throw new PosthornError("PGRST127", { feature });
  }
  if (select?.some(({ cast, field }) => cast !== null || field.path.length > 0) === true) {
    const feature = `a cast or a path in the select of an insert into ${resource.name}`;
    throw new PosthornError("PGRST127", { feature });
  }
  rowsStatement(resource, storedItems(select, once), []);
}

function namesShownOnce(resource: Resource): readonly string[] {
  return resource.columns.filter((column) => column.isShownOnce).map(({ name }) => name);
}

/** The part of the select that the table's view contains. */
function storedItems(
  select: readonly SelectItem[] | null,
  once: readonly string[],
): readonly SelectItem[] | null {
  return select?.filter((item) => !once.includes(item.field.column)) ?? null;
}

/** Returns the first row of each key that does not exist yet. */
async function freshRows(
  transaction: Client,
  resource: Resource,
  rows: readonly RowValues[],
): Promise<readonly RowValues[]> {
  const isOrg = resource.columns.find(({ name }) => name === resource.primaryKey)?.type === "org";
  const keyOf = (row: RowValues): string => {
    const key = String(row[resource.primaryKey]);
    return isOrg ? parseOrgId(key).id : key;
  };
  const { rows: existing } = await runAsked(() =>
    transaction.query<{ key: string }>(existingStatement(resource, rows.map(keyOf))),
  );
  const taken = new Set(existing.map((each) => each.key));
  return rows.filter((row) => !taken.has(keyOf(row)) && taken.add(keyOf(row)));
}

export async function update(
  dependencies: WriteDependencies,
  request: TableRequest,
  bodyText: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { resource } = request;
  requireFilter(request, "UPDATE");
  const values = parsePatch(resource, bodyText);
  await resource.prepare?.([values], scopeOf(request.principal));
  const { keys, texts } = await withCare(request, (tried) =>
    transacted(dependencies, tried, async (transaction) => {
      if (Object.keys(values).length === 0) return { keys: [], texts: [] };
      const locked = await lockedKeys(dependencies, transaction, tried);
      const context = contextOf(dependencies, tried, transaction);
      const changed = locked.length > 0 && (await resource.update?.(locked, values, context));
      const shown = changed || asRows(locked);
      return { keys: locked, texts: await shownTexts(dependencies, transaction, tried, shown) };
    }),
  );
  await resource.afterCommit?.(keys);
  const range = texts.length === 0 ? "*" : `0-${texts.length - 1}`;
  return answerMutation(request, reply, texts, range);
}

export async function remove(
  dependencies: WriteDependencies,
  request: TableRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { resource } = request;
  requireFilter(request, "DELETE");
  const { keys, texts } = await withCare(request, (tried) =>
    transacted(dependencies, tried, async (transaction) => {
      const locked = await lockedKeys(dependencies, transaction, tried);
      const shown = await shownTexts(dependencies, transaction, tried, asRows(locked));
      if (locked.length > 0)
        await resource.delete?.(locked, contextOf(dependencies, tried, transaction));
      return { keys: locked, texts: shown };
    }),
  );
  await resource.afterCommit?.(keys);
  return answerMutation(request, reply, texts, "*");
}

function answerMutation(
  request: TableRequest,
  reply: FastifyReply,
  texts: readonly string[],
  range: string,
): FastifyReply {
  const { preferences } = request;
  reply.header("content-range", `${range}/${preferences.count === null ? "*" : texts.length}`);
  const applied = appliedPreferences(preferences);
  if (applied !== null) reply.header("preference-applied", applied);
  if (preferences.returns !== "representation") return reply.code(204).send();
  return sendTexts(request, reply, texts);
}

function sendTexts(
  request: TableRequest,
  reply: FastifyReply,
  texts: readonly string[],
): FastifyReply {
  const body = `[${texts.join(",\n ")}]`;
  const columns = shownColumns(request);
  return sendRows(reply, request.accepted, { body, count: texts.length, columns });
}

/** As in Supabase, a forgotten filter must not change all rows. */
function requireFilter(request: TableRequest, statement: "UPDATE" | "DELETE"): void {
  if (request.filters.length === 0) throw new PosthornError("21000", { statement });
}

async function lockedKeys(
  { tenants }: WriteDependencies,
  transaction: Client,
  request: TableRequest,
): Promise<string[]> {
  const selection = selectionOf(request);
  const { rows } = await tenants.readWithin(transaction, selection.orgId, () =>
    runAskedRead(() => transaction.query<{ key: string }>(keysStatement(selection))),
  );
  const { maxAffected } = request.preferences;
  if (maxAffected !== null && rows.length > maxAffected) {
    throw new PosthornError("PGRST124", {}, { details: `The query affects ${rows.length} rows` });
  }
  if (rows.length > limits.mutationRowsMax) {
    throw new PosthornError("PH_TOO_MANY_ROWS", {
      rows: rows.length,
      most: limits.mutationRowsMax,
    });
  }
  // Rejects the change before it is made, if the response must be one row and cannot be.
  if (request.isSingular && rows.length !== 1) singular("[]", rows.length);
  return rows.map((row) => row.key);
}

/** Runs the work and commits, unless the request asks for a rollback. */
async function transacted<Result>(
  { tenants }: WriteDependencies,
  request: TableRequest,
  work: (transaction: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await tenants.change(scopeOf(request.principal), async (transaction) => {
      const result = await work(transaction);
      if (request.preferences.isRolledBack) throw new RolledBack(result);
      return result;
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.result as Result;
    throw error;
  }
}

function asRows(keys: readonly string[]): readonly InsertedRow[] {
  return keys.map((key) => ({ key }));
}

function contextOf(
  dependencies: WriteDependencies,
  request: TableRequest,
  transaction: Client,
): WriteContext {
  return {
    principal: request.principal,
    actor: dependencies.actor,
    nowMs: dependencies.nowMs,
    transaction,
  };
}

function shownTexts(
  { tenants }: WriteDependencies,
  transaction: Client,
  request: TableRequest,
  inserted: readonly InsertedRow[],
): Promise<string[]> {
  return tenants.readWithin(transaction, scopeOf(request.principal), () =>
    rowTexts(transaction, request, inserted),
  );
}

/** The rows as JSON texts, including values that are shown only once. */
async function rowTexts(
  database: Queryable,
  { resource, select, isCareful }: TableRequest,
  inserted: readonly InsertedRow[],
): Promise<string[]> {
  const stored = storedItems(select, namesShownOnce(resource));
  const asked = resource.columns
    .filter((column) => column.isShownOnce === true && isAsked(select, column))
    .map(({ name }) => name);
  const keys = inserted.map((row) => row.key);
  const statement = rowsStatement(resource, stored, keys, isCareful);
  const { rows } = await runAsked(() => database.query<{ row: string | null }>(statement));
  return rows.map(({ row }, index) => {
    if (row === null) throw new PosthornError("PH_ANSWER_TOO_LARGE", { rows: rows.length });
    return withShownOnce(row, inserted[index], asked);
  });
}

function isAsked(select: readonly SelectItem[] | null, column: Column): boolean {
  const isInEvery = column.isShownOnRequest !== true;
  if (select === null) return isInEvery;
  return select.some(
    ({ field }) => field.column === column.name || (isInEvery && field.column === "*"),
  );
}

function withShownOnce(
  row: string,
  inserted: InsertedRow | undefined,
  asked: readonly string[],
): string {
  const members = asked
    .filter((name) => inserted?.shownOnce?.[name] !== undefined)
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(inserted?.shownOnce?.[name])}`);
  if (members.length === 0) return row;
  const rest = row.slice(1, -1);
  return `{${[rest, ...members].filter((each) => each !== "").join(",")}}`;
}
