import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { ResponseBody } from "./response-body.ts";

const bytesMax = limits.responseBodyKeptBytes;

function textOf(bytes: Buffer, chunkBytes = bytes.length): string {
  const body = new ResponseBody();
  for (let at = 0; at < bytes.length; at += Math.max(1, chunkBytes)) {
    if (!body.add(bytes.subarray(at, at + Math.max(1, chunkBytes)))) break;
  }
  return body.text();
}

test("without a body there is no text", () => {
  expect(new ResponseBody().text()).toBe("");
});

test("the text is the same however the bytes are cut into chunks", () => {
  const bytes = Buffer.from("Grüße, 世界 👋\n".repeat(100));
  for (const chunkBytes of [1, 2, 3, 7, 100, bytes.length]) {
    expect(textOf(bytes, chunkBytes)).toBe(bytes.toString());
  }
});

test("a chunk that does not fit is kept in part, and the rest is not requested", () => {
  const body = new ResponseBody();
  expect(body.add(Buffer.alloc(bytesMax - 1, "a"))).toBe(true);
  expect(body.add(Buffer.from("bc"))).toBe(false);
  expect(body.text()).toBe(`${"a".repeat(bytesMax - 1)}b`);
  expect(new ResponseBody().add(Buffer.alloc(bytesMax + 1, "a"))).toBe(false);
});

test("binary bodies do not grow beyond the limit", () => {
  const text = textOf(Buffer.alloc(bytesMax, 0xff));
  expect(text).toBe("\uFFFD".repeat(Math.floor(bytesMax / 3)));
  expect(textOf(Buffer.alloc(bytesMax, 0))).toBe(text);
});

test("a text that has grown is cut between two characters", () => {
  for (const start of ["", "a", "ab", "abc"]) {
    const text = textOf(
      Buffer.concat([Buffer.from(`\0${start}`), Buffer.from("👋".repeat(4_095))]),
    );
    expect(text).toBe(`\uFFFD${start}${"👋".repeat(4_095 - (start.length > 1 ? 1 : 0))}`);
  }
});

test("any bytes become text that can be stored", () => {
  const bytes = fc.uint8Array({ maxLength: 2 * bytesMax, size: "max" });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 5_000 }), (array, chunkBytes) => {
      const text = textOf(Buffer.from(array), chunkBytes);
      expect(text).not.toMatch(/\0|\p{Cs}/u);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytesMax);
    }),
    { numRuns: 50 },
  );
});
