/** A table of the dialect is data: what it shows, who may do what, and the calls behind it. */
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
  /** An insert without it, or with null, is refused. */
  readonly isRequired?: boolean;
  /** Text that is longer is refused. */
  readonly charsMax?: number;
  /** In the answer to the insert that made it, and never again. */
  readonly isShownOnce?: boolean;
  /** Sort by these columns instead: they have the same order, and an index. */
  readonly orderAs?: readonly string[];
  /** JSON that is stored as it was sent: its value in a row is the text, not what it parses to. */
  readonly isKeptAsText?: boolean;
  /** A condition that follows from a filter on this column, and that an index can answer. */
  implies?(condition: Condition): RawBuilder<unknown> | null;
}

/** What a role of an org's key may do with a table; the admin key may do all that there is. */
export type Operation = "read" | "insert" | "update" | "delete";

export interface InsertedRow {
  /** The value of the primary key. */
  readonly key: string;
  /** Values of columns that are shown once. */
  readonly shownOnce?: Readonly<Record<string, string>>;
}

/** One row of a request's body: values by column, checked for their types. */
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
  /** What the keys of orgs read instead, where they are told less. */
  readonly relationForOrgs?: string;
  readonly description: string;
  readonly primaryKey: string;
  /** The column that names the org a row belongs to; null if rows belong to all. */
  readonly orgColumn: string | null;
  readonly columns: readonly Column[];
  /** Newest first, or by name: the order where none is asked for, and of ties. */
  readonly defaultOrder: "asc" | "desc";
  readonly operations: Readonly<Partial<Record<Operation, readonly KeyRole[]>>>;
  /** The column that the `Idempotency-Key` header of an insert is for. */
  readonly idempotencyColumn?: string;
  /** Answers the created rows although no `Prefer` was sent. */
  readonly answersInserts?: boolean;
  /**
   * Does ahead what takes time outside of the database, so that no transaction waits for it with
   * its locks and its connection. It refuses nothing: `insert` and `update` check again.
   */
  prepare?(rows: readonly RowValues[]): Promise<void>;
  insert?(
    rows: readonly RowValues[],
    context: WriteContext & { readonly isUpsert: boolean },
  ): Promise<readonly InsertedRow[]>;
  /** Instead of `insert`: for what brings its own transaction, e.g. a shared commit. */
  insertAlone?(
    rows: readonly RowValues[],
    context: Omit<WriteContext, "transaction">,
  ): Promise<readonly InsertedRow[]>;
  readonly canUpsert?: boolean;
  update?(keys: readonly string[], values: RowValues, context: WriteContext): Promise<void>;
  delete?(keys: readonly string[], context: WriteContext): Promise<void>;
  /** Told of the rows that an update or delete has changed, once that is committed. */
  afterCommit?(keys: readonly string[]): Promise<void>;
}

export type KeyRole = Extract<Principal, { kind: "key" }>["role"];
