/** A table of the dialect is data: its columns, its permissions, and the calls behind it. */
import type { RawBuilder } from "kysely";
import type { Actor } from "../../model/audit.ts";
import type { Principal } from "../../model/principal.ts";
import type { Client } from "../../postgres/pool.ts";
import type { Condition } from "./filter.ts";

export type ColumnType =
  | "uuid"
  | "text"
  | "text[]"
  | "timestamptz"
  | "integer"
  | "numeric"
  | "boolean"
  | "json";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly description: string;
  readonly isNullable?: boolean;
  /** Absent: read only. */
  readonly writable?: "insert" | "insert and update";
  /** An insert without it, or with null, is rejected. */
  readonly isRequired?: boolean;
  /** Longer text is rejected. */
  readonly charsMax?: number;
  /** Returned only by the insert that created it. */
  readonly isShownOnce?: boolean;
  /** Sort by these columns instead: they have the same order, and an index. */
  readonly orderAs?: readonly string[];
  /** JSON stored as it was sent: its value in a row is the text, not the parsed value. */
  readonly isKeptAsText?: boolean;
  /** A condition that a filter on this column implies, and that can use an index. */
  implies?(condition: Condition): RawBuilder<unknown> | null;
}

/** What each role of an org's key may do with a table; the admin key may do everything. */
export type Operation = "read" | "insert" | "update" | "delete";

export interface InsertedRow {
  /** The value of the primary key. */
  readonly key: string;
  /** Values of columns that are shown only once. */
  readonly shownOnce?: Readonly<Record<string, string>>;
}

/** One row of a request's body: type-checked values by column. */
export type RowValues = Readonly<Record<string, unknown>>;

export interface WriteContext {
  readonly principal: Principal;
  /** The principal, for the audit. */
  readonly actor: Actor;
  readonly nowMs: number;
  readonly transaction: Client;
}

export interface Resource {
  readonly name: string;
  readonly relation: string;
  /** The view for keys of orgs, if it shows less. */
  readonly relationForOrgs?: string;
  readonly description: string;
  readonly primaryKey: string;
  /** The column with the org of a row; null if rows belong to all orgs. */
  readonly orgColumn: string | null;
  readonly columns: readonly Column[];
  /** The default order, and the tie-breaker: newest first, or by name. */
  readonly defaultOrder: "asc" | "desc";
  readonly operations: Readonly<Partial<Record<Operation, readonly KeyRole[]>>>;
  /** The column for the `Idempotency-Key` header of an insert. */
  readonly idempotencyColumn?: string;
  /** Returns the created rows even without a `Prefer` header. */
  readonly answersInserts?: boolean;
  /**
   * Does slow work outside the database in advance, so that no transaction waits for it with its
   * locks and its connection. It rejects nothing: `insert` and `update` check again.
   */
  prepare?(rows: readonly RowValues[]): Promise<void>;
  insert?(
    rows: readonly RowValues[],
    context: WriteContext & { readonly isUpsert: boolean },
  ): Promise<readonly InsertedRow[]>;
  /** Replaces `insert` for writes with their own transaction, e.g. a shared commit. */
  insertAlone?(
    rows: readonly RowValues[],
    context: Omit<WriteContext, "transaction">,
  ): Promise<readonly InsertedRow[]>;
  readonly canUpsert?: boolean;
  update?(keys: readonly string[], values: RowValues, context: WriteContext): Promise<void>;
  delete?(keys: readonly string[], context: WriteContext): Promise<void>;
  /** Called with the rows that an update or delete has changed, after the commit. */
  afterCommit?(keys: readonly string[]): Promise<void>;
}

export type KeyRole = Extract<Principal, { kind: "key" }>["role"];
