import { expect, test } from "vitest";
import { nearestName, similarName } from "./similar-name.ts";

const names = ["order.paid", "order.refunded", "invoice.sent"];

test.each([
  ["order.payed", "order.paid"],
  ["Order.paid", "order.paid"],
  ["invoice_sent", "invoice.sent"],
  ["customer.created", null],
  ["", null],
  ["order.paid".repeat(100), null],
  ["xyder.paid", "order.paid"],
  ["wxyzr.paid", null],
])("%j is most like %j", (text, expected) => {
  expect(similarName(names, text)).toBe(expected);
});

test("without names there is none", () => {
  expect(similarName([], "order.paid")).toBeNull();
});

test.each([
  ["scna.", "scan."],
  ["orders.", "order."],
  ["invoce.", "invoice."],
  ["payout.", null],
  ["a", null],
])("a prefix %j is most like %j", (text, expected) => {
  expect(similarName(["order.", "invoice.", "scan."], text)).toBe(expected);
});

test("of equally similar names, the first is chosen", () => {
  expect(similarName(["ab", "ac"], "ax")).toBe("ab");
});

test("a name is found among the first thousand", () => {
  const many = Array.from(
    { length: 1_001 },
    (_, index) => `type.${index}.${"x".repeat(index % 7)}`,
  );
  expect(similarName(many, `${many[999]}y`)).toBe(many[999]);
  expect(similarName([...many.slice(0, 1_000), "order.paid"], "order.payed")).toBeNull();
});

test("the nearest name is any, and an empty text if there is none", () => {
  expect(nearestName(["title", "body"], "wholly different")).toBe("title");
  expect(nearestName(["title", "body"], "bdoy")).toBe("body");
  expect(nearestName([], "a")).toBe("");
});
