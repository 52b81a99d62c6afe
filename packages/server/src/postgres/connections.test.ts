import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { connectionShares } from "./connections.ts";

test.each([
  [2, 1],
  [5, 1],
  [9, 1],
  [10, 2],
  [limits.databaseConnectionsMax, limits.queryConnectionsMax],
  [100, limits.queryConnectionsMax],
])("of %i connections, callers' queries get %i", (total, queries) => {
  expect(connectionShares(total)).toEqual({ service: total - queries, queries });
});

test("a total between the bounds is divided by the share", () => {
  const total = limits.queryConnectionsMax / limits.queryConnectionsShare - 1;
  expect(connectionShares(total).queries).toBe(limits.queryConnectionsMax - 1);
});
