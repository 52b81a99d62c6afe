import { describe, expect, test } from "vitest";
import { hostileTexts } from "../testing/hostile-texts.ts";
import { printable, printableJsonLine, withoutUrlSecrets } from "./printable.ts";

const isPrintable = (text: string): boolean =>
  !/[\p{Cc}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/u.test(
    text,
  );

describe.each(hostileTexts)("%j", (text) => {
  test("is one printable line", () => {
    expect(printable(text)).toSatisfy(isPrintable);
  });

  test("means the same in a line of JSON, and is printable there", () => {
    const line = `{"text":${JSON.stringify(text)}}`;
    expect(printableJsonLine(`${line}\n`)).toBe(`${printableJsonLine(line)}\n`);
    expect(printableJsonLine(line)).toSatisfy(isPrintable);
    expect(JSON.parse(printableJsonLine(line))).toEqual({ text });
  });
});

test("ordinary text is unchanged", () => {
  const text = "Grüße, 你好, 🎉 „quoted“ – 1 €";
  expect(printable(text)).toBe(text);
  expect(printable("a\tb\u001b")).toBe("a\\u0009b\\u001b");
});

test.each([
  ["https://a.test/p?token=x#y", "https://a.test/p"],
  ["to https://u:p@a.test:8/p?q failed", "to https://a.test:8/p failed"],
  ["postgres://u:p@ss@h:1/db", "postgres://h:1/db"],
  ["postgres://u:p/w@h/db", "postgres://h/db"],
  ["'http://a.test?x' and \"http://b.test/#y\"", "'http://a.test' and \"http://b.test/\""],
  ["no URL: a?b@c", "no URL: a?b@c"],
])("%s becomes %s", (text, remains) => {
  expect(withoutUrlSecrets(text)).toBe(remains);
});
