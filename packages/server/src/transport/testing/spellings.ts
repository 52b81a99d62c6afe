/** All forms in which one address can be written in a URL, as fast-check arbitraries. */
import fc from "fast-check";

export type Bytes = readonly number[];

/** Bytes that start with `prefix`, followed by arbitrary ones. */
export function bytesFrom(prefix: Bytes, length: number): fc.Arbitrary<Bytes> {
  const rest = length - prefix.length;
  return fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: rest, maxLength: rest })
    .map((others) => prefix.concat(others));
}

export function dotted(ipv4: Bytes): string {
  return ipv4.join(".");
}

/** Writes an IPv6 address as eight groups of hexadecimal digits. */
export function groupsOf(ipv6: Bytes): string[] {
  return Array.from({ length: 8 }, (_, index) =>
    ((ipv6[2 * index] ?? 0) * 256 + (ipv6[2 * index + 1] ?? 0)).toString(16),
  );
}

/**
 * An IPv4 address in any form that the WHATWG parser accepts: one to four parts, the last of which
 * fills the rest. Each part is decimal, octal or hexadecimal, and may have leading zeroes. Some
 * characters are then replaced by equivalent ones.
 */
export function ipv4Spelling(ipv4: Bytes): fc.Arbitrary<string> {
  const count = fc.integer({ min: 1, max: 4 });
  return count.chain((parts) => {
    const last = ipv4.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
    const numbers = [...ipv4.slice(0, parts - 1), last];
    return fc
      .tuple(...numbers.map(numberSpelling), fc.constantFrom("", "."))
      .map((spelled) => spelled.slice(0, -1).join(".") + (spelled.at(-1) ?? ""))
      .chain(disguised);
  });
}

function numberSpelling(value: number): fc.Arbitrary<string> {
  const zeroes = fc.integer({ min: 0, max: 6 }).map((count) => "0".repeat(count));
  const hex = value.toString(16);
  return fc.oneof(
    fc.constant(String(value)),
    zeroes.map((front) => `0${front}${value.toString(8)}`),
    zeroes.map((front) => `0x${front}${hex}`),
    zeroes.map((front) => `0X${front}${hex.toUpperCase()}`),
  );
}

/**
 * Replaces some characters with others that the parser treats as equal, or inserts ones that it
 * ignores.
 */
function disguised(text: string): fc.Arbitrary<string> {
  const forms = Array.from(text, (character) => fc.constantFrom(...formsOf(character)));
  return fc.tuple(...forms).map((characters) => characters.join(""));
}

function formsOf(character: string): readonly [string, ...string[]] {
  if (character === "%") return [character];
  const code = character.codePointAt(0) ?? 0;
  if (code > 0x7e) return [character];
  const fullWidth = String.fromCodePoint(code - 0x21 + 0xff01);
  const encoded = `%${code.toString(16)}`;
  const plain = [character, character, character, character] as const;
  const others = [encoded, fullWidth, `${character}\t`, `${character}\u00ad`];
  if (character === ".") return [...plain, ...others, "。", "．", "｡"];
  if (/[1-9]/.test(character)) return [...plain, ...others, String.fromCodePoint(code + 0x242f)];
  return [...plain, ...others];
}

/**
 * An IPv6 address in any form: with or without leading zeroes, with any gap, digits in both cases,
 * a dotted end.
 */
export function ipv6Spelling(ipv6: Bytes): fc.Arbitrary<string> {
  const groups = groupsOf(ipv6);
  const tail = dotted(ipv6.slice(12));
  return fc
    .record({
      isDotted: fc.boolean(),
      gap: fc.nat(),
      isPadded: fc.boolean(),
      isUpper: fc.boolean(),
    })
    .map(({ isDotted, gap, isPadded, isUpper }) => {
      const written = (isDotted ? groups.slice(0, 6) : groups).map((group) =>
        isPadded ? group.padStart(4, "0") : group,
      );
      const all = isDotted ? [...written, tail] : written;
      const zeroes = runsOfZeroes(isDotted ? groups.slice(0, 6) : groups);
      // There is one more choice than there are gaps: no gap at all.
      const chosen = zeroes[gap % (zeroes.length + 1)];
      const text =
        chosen === undefined
          ? all.join(":")
          : `${all.slice(0, chosen.from).join(":")}::${all.slice(chosen.until).join(":")}`;
      return isUpper ? text.toUpperCase() : text;
    });
}

/** Finds every run of two or more zero groups, each of which can become the gap. */
function runsOfZeroes(groups: readonly string[]): { from: number; until: number }[] {
  const runs: { from: number; until: number }[] = [];
  for (let from = 0; from < groups.length; from += 1) {
    let until = from;
    while (groups[until] === "0") {
      until += 1;
      if (until - from >= 2) runs.push({ from, until });
    }
  }
  return runs;
}
