import { expect, test } from "vitest";
import { unstorableBytes } from "./text.ts";

test.each([
  ["", null],
  ["café 🎉 \u{10ffff} \ufffd", null],
  ["a\u0000b", "0x00"],
  ["\ud800", "0xed 0xa0 0x80"],
  ["end \udfff", "0xed 0xbf 0xbf"],
  ["\ude00\ud83d the wrong way round", "0xed 0xb8 0x80"],
])("%j can be stored, or is rejected for these bytes: %s", (text, bytes) => {
  expect(unstorableBytes(text)).toBe(bytes);
});
