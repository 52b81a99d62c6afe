import { expect, test } from "vitest";
import { isIngest, missingOperation, missingOperations } from "./missing.ts";

const filled = (path: string): string => path.replaceAll(/:\w+/g, "some-1");

test("every missing operation is found by its method and path, in both spellings", () => {
  for (const each of missingOperations) {
    const isBelowIngest = isIngest(each.group);
    const method = each.method === "GET" ? "HEAD" : each.method;
    const found = missingOperation(isBelowIngest, method, `${filled(each.path)}/`);
    expect(found?.reason, each.id).toBe(each.reason);
    expect(missingOperation(isBelowIngest, each.method, filled(each.path)), each.id).toBe(found);
    expect(missingOperation(!isBelowIngest, each.method, filled(each.path))).not.toBe(found);
  }
});

test.each([
  ["GET", "/stream/a/b/c/d/e"],
  ["GET", "/stream//sink"],
  ["DELETE", "/stream/a/events"],
  ["GET", ""],
])("%s %s is no operation", (method, path) => {
  expect(missingOperation(false, method, path)).toBeUndefined();
});
