/**
 * Describes a table of the API as data: its columns, its permissions, and the calls that write to
 * it.
 */
import type { RawBuilder } from "kysely";
import type { Actor } from "../../model/audit.ts";
import type { ApiCaller, Principal } from "../../model/principal.ts";
import type { Client } from "../../postgres/pool.ts";
import type { Condition } from "./filter.ts";

export type ColumnType =
  | "uuid"
  /** The id of an org. Requests and responses contain the platform's text, tables the UUID. */
  | "org"
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
  /** If this is missing, the column is read-only. */
  readonly writable?: "insert" | "insert and update";
  /** Rejects an insert in which the value is missing or null. */
  readonly isRequired?: boolean;
  /** True for the platform's own id: text of 1 to 256 characters without control characters. */
  readonly isExternalId?: boolean;
  /** With `isExternalId`: only visible ASCII, with spaces inside, because headers contain it. */
  readonly isInHeaders?: boolean;
  /** Used with `charsMax`: minimum length of the text. */
  readonly charsMin?: number;
  /** Maximum length of the text. */
  readonly charsMax?: number;
  /** Only the response to the insert contains the value. */
  readonly isShownOnce?: boolean;
  /**
   * Used with `isShownOnce`: the response contains the value only if the `select` names the column.
   */
  readonly isShownOnRequest?: boolean;
  /**
   * For the type `org`: the relation's column with the platform's text, null if it is the UUID.
   * Default: it is read from `posthorn.orgs`.
   */
  readonly textColumn?: string;
  /** Sort by these columns instead. They have the same order, and an index. */
  readonly orderAs?: readonly string[];
  /**
   * True for JSON that is stored as it was sent. The value in a row is its text, not the parsed
   * value.
   */
  readonly isKeptAsText?: boolean;
  /** Returns a condition that follows from a filter on this column and can use an index. */
  implies?(condition: Condition): RawBuilder<unknown> | null;
}

/** What each role of an org's key may do with a table. The admin key may do everything. */
export type Operation = "read" | "insert" | "update" | "delete";

export interface InsertHeader {
  /** In lower case. */
  readonly name: string;
  readonly description: string;
  valueOf(row: InsertedRow): string;
}

export interface InsertedRow {
  /** The value of the primary key. */
  readonly key: string;
  /** The key as the `Location` header shows it. Default: `key`. */
  readonly shownKey?: string;
  /** Values of columns that only this response contains. */
  readonly shownOnce?: Readonly<Record<string, unknown>>;
}

/** A row of a request's body: values by column, with checked types. */
export type RowValues = Readonly<Record<string, unknown>>;

export interface WriteContext {
  readonly principal: ApiCaller;
  /** The principal as the audit records it. */
  readonly actor: Actor;
  readonly nowMs: number;
  readonly transaction: Client;
}

export interface Resource {
  readonly name: string;
  readonly relation: string;
  /** A view that shows less, for keys of orgs. */
  readonly relationForOrgs?: string;
  /** A view that shows less, for callers with the role `read`. */
  readonly relationForReaders?: string;
  readonly description: string;
  readonly primaryKey: string;
  /** The column that contains a row's org; null if rows belong to all orgs. */
  readonly orgColumn: string | null;
  readonly columns: readonly Column[];
  /**
   * The default order by primary key, which also decides between equal rows. Newest first, or by
   * name.
   */
  readonly defaultOrder: "asc" | "desc";
  readonly operations: Readonly<Partial<Record<Operation, readonly KeyRole[]>>>;
  /** True if a caller that may only publish, for every org, may insert rows. */
  readonly mayPublishForAll?: boolean;
  /** The column that takes the value of an insert's `Idempotency-Key` header. */
  readonly idempotencyColumn?: string;
  /** True if an insert returns the created rows even without a `Prefer` header. */
  readonly answersInserts?: boolean;
  /**
   * The response headers that describe the row of an insert of one row. Such a response also has
   * `Location`, even if the request does not ask for it.
   */
  readonly insertHeaders?: readonly InsertHeader[];
  /**
   * Does slow work in advance, so that no transaction waits for it while holding locks and a
   * connection. It need not reject anything, because `insert` and `update` check again.
   * @param scope the caller's only org; null if it may see all orgs.
   */
  prepare?(rows: readonly RowValues[], scope: string | null): Promise<void>;
  insert?(
    rows: readonly RowValues[],
    context: WriteContext & { readonly isUpsert: boolean },
  ): Promise<readonly InsertedRow[]>;
  /**
   * Replaces `insert` for writes that use their own transaction, e.g. a commit shared with other
   * requests.
   */
  insertAlone?(
    rows: readonly RowValues[],
    context: Omit<WriteContext, "transaction">,
  ): Promise<readonly InsertedRow[]>;
  readonly canUpsert?: boolean;
  /** @returns the changed rows in the order of `keys`, if they have values to show once. */
  update?(
    keys: readonly string[],
    values: RowValues,
    context: WriteContext,
  ): Promise<readonly InsertedRow[] | void>;
  delete?(keys: readonly string[], context: WriteContext): Promise<void>;
  /** Called after the commit of an insert. */
  afterInsert?(): Promise<void>;
  /** Called after the commit with the keys of the rows that an update or delete changed. */
  afterCommit?(keys: readonly string[]): Promise<void>;
}

export type KeyRole = Extract<Principal, { kind: "key" }>["role"];
