/** Calls the API: tables with Supabase's own client, functions by name. */
import { PostgrestClient } from "@supabase/postgrest-js";
import { ApiError, offline } from "./errors.ts";
import { sessionHeaders } from "./session.ts";
import type {
  Arguments,
  Changes,
  CreatedRow,
  FunctionName,
  NewRow,
  Result,
  Row,
  TableName,
} from "./types.ts";

/**
 * Called when the server says that the session has ended. The page then asks the user to sign in
 * again.
 */
let onSessionOver: () => void = () => {};

export function whenSessionIsOver(listener: () => void): void {
  onSessionOver = listener;
}

async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  for (const [name, value] of Object.entries(sessionHeaders())) headers.set(name, value);
  const response = await fetch(input, { ...init, headers });
  if (response.status === 401) onSessionOver();
  return response;
}

const tables = new PostgrestClient(`${location.origin}/rest/v1`, {
  fetch: sessionFetch,
  // The client does not retry. Callers decide about retries, because a user who presses a button
  // should not wait for four attempts.
  retry: false,
});

/** Starts a query on a table. `rowsOf` runs the query and returns the rows. */
export function from(name: TableName) {
  return tables.from(name);
}

interface Answered {
  readonly data: unknown;
  readonly error: { code?: string; message?: string; hint?: string | null } | null;
  readonly status: number;
  readonly count?: number | null;
}

function checked(answer: Answered): unknown {
  if (answer.error === null) return answer.data;
  if (answer.status === 0) throw offline();
  throw new ApiError(answer.status, answer.error);
}

/** @throws ApiError */
export async function rowsOf<Item>(request: PromiseLike<Answered>): Promise<Item[]> {
  return checked(await request) as Item[];
}

/** @throws ApiError `PGRST116` if there is not exactly one. */
export async function rowWhere<Name extends TableName>(
  table: Name,
  column: string,
  value: string,
  signal?: AbortSignal,
): Promise<Row<Name>> {
  const request = from(table).select("*").eq(column, value);
  const rows = await rowsOf<Row<Name>>(
    signal === undefined ? request : request.abortSignal(signal),
  );
  const row = rows[0];
  if (row === undefined) {
    throw new ApiError(404, {
      code: "PH_NOT_FOUND",
      message: "It is not there.",
      hint: "Check the link: it may belong to another org, or be older than what is kept.",
    });
  }
  return row;
}

/** @throws ApiError */
export async function insertRow<Name extends TableName>(
  table: Name,
  row: NewRow<Name>,
): Promise<CreatedRow<Name>> {
  const answer = await from(table)
    .insert(row as never)
    .select();
  return (checked(answer) as CreatedRow<Name>[])[0] as CreatedRow<Name>;
}

/** @throws ApiError */
export async function updateRow<Name extends TableName>(
  table: Name,
  key: readonly [column: string, value: string],
  changes: Changes<Name>,
): Promise<void> {
  checked(
    await from(table)
      .update(changes as never)
      .eq(...key),
  );
}

/** @throws ApiError */
export async function deleteRow(
  table: TableName,
  key: readonly [column: string, value: string],
): Promise<void> {
  checked(
    await from(table)
      .delete()
      .eq(...key),
  );
}

/** @throws ApiError */
export async function callFunction<Name extends FunctionName>(
  name: Name,
  given: Arguments<Name>,
  signal?: AbortSignal,
): Promise<Result<Name>> {
  const request = tables.rpc(name, given as object);
  const answer = await (signal === undefined ? request : request.abortSignal(signal));
  return checked(answer) as Result<Name>;
}

/** Opens a response that does not end, e.g. the stream of live updates. */
export function openStream(path: string, signal: AbortSignal): Promise<Response> {
  return sessionFetch(path, { headers: { accept: "text/event-stream" }, signal });
}
