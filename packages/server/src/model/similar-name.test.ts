import { expect, test } from "vitest";
import { similarName } from "./similar-name.ts";

const names = ["order.paid", "order.refunded", "invoice.sent"];

test.each([
  ["order.payed", "order.paid"],
  ["Order.paid", "order.paid"],
  ["invoice_sent", "invoice.sent"],
  ["customer.created", null],
  ["", null],
  ["order.paid".repeat(100), null],
])("%j is most like %j", (text, expected) => {
  expect(similarName(names, text)).toBe(expected);
});

test("without names there is none", () => {
  expect(similarName([], "order.paid")).toBeNull();
});
