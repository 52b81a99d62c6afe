/**
 * The answers to changes that a client may repeat with the same idempotency key. The answer is
 * stored in the transaction of the change: a repeated request either finds it, or makes the change.
 */
import { hash } from "node:crypto";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";

export interface StoredAnswer {
  readonly status: number;
  /** Null for a response without a body. */
  readonly body: unknown;
}

export interface AnswerKey {
  /** The caller. Two callers may use the same key for different requests. */
  readonly caller: string;
  /** The path and query of the request. */
  readonly path: string;
  readonly key: string;
  readonly orgId: string | null;
}

/**
 * Makes a change once for each key, and returns the stored answer to every repetition. A repetition
 * that arrives during the change waits for it.
 */
export async function answerOnce(
  transaction: Queryable,
  key: AnswerKey,
  nowMs: number,
  change: () => Promise<StoredAnswer>,
): Promise<StoredAnswer> {
  const keyHash = hash("sha256", JSON.stringify([key.caller, key.path, key.key]), "buffer");
  const expiredAt = new Date(nowMs - limits.storedAnswerMs).toISOString();
  await transaction.query(
    `delete from posthorn.stored_answers where key_hash = any (array(
       select key_hash from posthorn.stored_answers where created_at < $1
       order by created_at limit $2 for update skip locked))`,
    [expiredAt, limits.storedAnswersExpiredPerChangeMax],
  );
  const { rowCount } = await transaction.query(
    `insert into posthorn.stored_answers (key_hash, org_id, created_at) values ($1, $2, $3)
     on conflict (key_hash) do update set created_at = excluded.created_at, answer = null
       where stored_answers.created_at < $4`,
    [keyHash, key.orgId, new Date(nowMs).toISOString(), expiredAt],
  );
  if (rowCount === 0) {
    const { rows } = await transaction.query<{ answer: StoredAnswer }>(
      "select answer from posthorn.stored_answers where key_hash = $1",
      [keyHash],
    );
    const stored = rows[0]?.answer;
    if (stored === undefined) throw new Error("A stored answer was deleted while it was read.");
    return stored;
  }
  const answer = await change();
  await transaction.query("update posthorn.stored_answers set answer = $2 where key_hash = $1", [
    keyHash,
    JSON.stringify(answer),
  ]);
  return answer;
}
