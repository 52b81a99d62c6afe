import type { RowCounts } from "../../backup/format.ts";

/** The number of rows of all tables. */
export function rowsIn(rows: RowCounts): number {
  return Object.values(rows).reduce((sum, each) => sum + each, 0);
}
