/**
 * The SQL for terminals: which session is connected to which endpoint, and answers that one node
 * passes to another.
 */
import type { Queryable } from "../postgres/pool.ts";
import type { TerminalAnswer } from "./answer.ts";

/** Payloads: `opened <endpoint> <session>` and `answered <session>`. */
export const terminalsChannel = "posthorn_terminals";

export interface NewSession {
  readonly endpointId: string;
  readonly sessionId: string;
  readonly tokenHash: Buffer;
}

/**
 * Connects a terminal to its endpoint. If it replaces an earlier terminal, it notifies that one's
 * node.
 * @returns false if the endpoint has been deleted.
 */
export async function openSession(database: Queryable, session: NewSession): Promise<boolean> {
  const { rowCount } = await database.query(
    `with opened as (
       update posthorn.terminals
       set session_id = $2, token_hash = $3, seen_at = now()
       where endpoint_id = $1
       returning endpoint_id
     )
     select pg_notify('${terminalsChannel}', 'opened ' || $1::text || ' ' || $2::text)
     from opened`,
    [session.endpointId, session.sessionId, session.tokenHash],
  );
  return rowCount === 1;
}

/** Records that a terminal has disconnected. Ignores a session that has been replaced. */
export async function closeSession(database: Queryable, sessionId: string): Promise<void> {
  await database.query(
    `update posthorn.terminals set session_id = null, token_hash = null, seen_at = now()
     where session_id = $1`,
    [sessionId],
  );
  await database.query("delete from posthorn.terminal_answers where session_id = $1", [sessionId]);
}

/**
 * Records that these terminals are connected.
 * @returns the sessions that are still valid.
 */
export async function seeSessions(
  database: Queryable,
  sessionIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ session_id: string }>(
    `update posthorn.terminals set seen_at = now()
     where session_id = any ($1::uuid[])
     returning session_id`,
    [sessionIds],
  );
  return new Set(rows.map((row) => row.session_id));
}

/** An answer that reached another node than the one with the session. */
export interface Relayed {
  readonly tokenHash: Buffer;
  /** The caller's org; null for the operator. */
  readonly orgId: string | null;
  readonly attemptToken: string;
  readonly answer: TerminalAnswer;
  readonly waitingMax: number;
}

/**
 * Stores an answer for the node with the session, and notifies it.
 * @returns null if there is no such session; false if too many answers are waiting.
 */
export async function relayAnswer(database: Queryable, relayed: Relayed): Promise<boolean | null> {
  const { rows } = await database.query<{ session_id: string; org_id: string; waiting: number }>(
    `select session_id, org_id,
            (select count(*)::integer from posthorn.terminal_answers as answer
             where answer.session_id = terminal.session_id) as waiting
     from posthorn.terminals as terminal
     where token_hash = $1 and ($2::uuid is null or org_id = $2)`,
    [relayed.tokenHash, relayed.orgId],
  );
  const session = rows[0];
  if (session === undefined) return null;
  if (session.waiting >= relayed.waitingMax) return false;
  await database.query(
    `insert into posthorn.terminal_answers
       (attempt_token, session_id, org_id, answer, created_at)
     values ($1, $2, $3, $4, now())
     on conflict do nothing`,
    [relayed.attemptToken, session.session_id, session.org_id, JSON.stringify(relayed.answer)],
  );
  await database.query("select pg_notify($1, $2)", [
    terminalsChannel,
    `answered ${session.session_id}`,
  ]);
  return true;
}

export interface TakenAnswer {
  readonly session_id: string;
  readonly attempt_token: string;
  readonly answer: TerminalAnswer;
}

/** Reads and deletes the answers that other nodes received for these sessions. */
export async function takeAnswers(
  database: Queryable,
  sessionIds: readonly string[],
): Promise<readonly TakenAnswer[]> {
  const { rows } = await database.query<TakenAnswer>(
    `delete from posthorn.terminal_answers where session_id = any ($1::uuid[])
     returning session_id, attempt_token, answer`,
    [sessionIds],
  );
  return rows;
}

/**
 * Finds endpoints whose terminals left long ago, and locks them so that only one node deletes them.
 */
export async function endpointsWithoutTerminal(
  transaction: Queryable,
  awayMs: number,
): Promise<readonly string[]> {
  const { rows } = await transaction.query<{ endpoint_id: string }>(
    `select endpoint_id from posthorn.terminals
     where seen_at < now() - $1 * interval '1 millisecond'
     order by endpoint_id
     limit 100
     for update skip locked`,
    [awayMs],
  );
  return rows.map((row) => row.endpoint_id);
}

/** Deletes answers that no node has read, e.g. because the node died. */
export async function dropOldAnswers(database: Queryable, olderThanMs: number): Promise<void> {
  await database.query(
    `delete from posthorn.terminal_answers
     where created_at < now() - $1 * interval '1 millisecond'`,
    [olderThanMs],
  );
}
