/** The column of attempts that names a contract's version. */
import type { Column } from "../rest/resource.ts";

export const contractVersion: Column = {
  name: "contract_version",
  type: "integer",
  description: "The version of the contract that built the request.",
  isNullable: true,
};
