/** Changes that can happen to a body in transit, and the headers that describe the body. */
import fc from "fast-check";
import { place } from "./json.ts";

type Damage = (bytes: Buffer) => Buffer;

const inserted = fc
  .tuple(
    place,
    fc.constantFrom(
      Buffer.from([0]),
      Buffer.from([0xff]),
      // The first three bytes of a four-byte character. U+FFFD, which replaces them, has three
      // bytes as well.
      Buffer.from([0xf0, 0x9f, 0x92]),
      // Half of a character, an overlong encoding of a slash, a surrogate, and a character beyond
      // U+10FFFF.
      Buffer.from([0xe2, 0x82]),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0xf4, 0x90, 0x80, 0x80]),
      Buffer.from("\ufeff"),
    ),
  )
  .map(([at, piece]): Damage => (bytes) => {
    const index = Math.floor(at * (bytes.length + 1));
    return Buffer.concat([bytes.subarray(0, index), piece, bytes.subarray(index)]);
  });
const cut = place.map(
  (at): Damage =>
    (bytes) =>
      bytes.subarray(0, Math.floor(at * bytes.length)),
);

export const broken: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Damage>((bytes) => bytes) },
  { weight: 2, arbitrary: inserted },
  { weight: 1, arbitrary: cut },
);

export const contentType: fc.Arbitrary<string | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.constant("application/json") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      undefined,
      "application/json; charset=utf-16",
      "application/json;charset=latin1",
      "application/vnd.pgrst.object+json",
      "application/jsonx",
      "APPLICATION/JSON",
      "text/plain",
      "text/csv",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/json, text/html",
      "",
      "/",
      "\u00ff",
    ),
  },
);
