/**
 * Canaries are unique values that stand for secrets. Tests pass them as input, then search all
 * visible places for them, in every encoding in which they could appear.
 */
import { randomBytes } from "node:crypto";

export interface Canary {
  /** The kind of secret that the canary stands for, e.g. "signing secret". */
  readonly name: string;
  readonly value: string;
}

export interface Found {
  readonly canary: string;
  /** The encoding in which it was found, e.g. "hex". */
  readonly form: string;
  /** Where it was found, e.g. "the log", with some of the text around it. */
  readonly place: string;
  readonly excerpt: string;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Contains only letters, so JSON, URLs and base64 do not change it, and it is no word of SQL. */
export function canaryText(length = 32): string {
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join("");
}

/**
 * The searched parts of a value: sixteen characters from its middle and its last sixteen. So the
 * search also finds a truncated value, or one whose start is masked. The first eight characters of
 * a key are public.
 */
function coresOf(value: string): readonly string[] {
  if (value.length <= 20) return [value];
  const middle = Math.floor(value.length / 2) - 8;
  return [value.slice(middle, middle + 16), value.slice(-16)];
}

/** The base64 of these bytes inside a longer text, at each of the three possible offsets. */
function base64Within(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Omits the characters at both ends, because they also depend on neighbouring bytes.
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    return whole.slice(from, to);
  });
}

interface Form {
  readonly name: string;
  readonly needle: string;
  readonly anyCase: boolean;
}

const form = (name: string, needle: string, anyCase = false): Form => ({ name, needle, anyCase });

/** All searched encodings of the bytes. */
function formsOfBytes(bytes: Buffer, what: string): readonly Form[] {
  const hex = bytes.toString("hex");
  return [
    form(`${what}hex`, hex, true),
    form(`${what}percent-encoded`, hex.replaceAll(/../g, "%$&"), true),
    form(`${what}list of numbers`, [...bytes].join(",")),
    form(`${what}list of numbers`, [...bytes].join(", ")),
    ...base64Within(bytes).flatMap((needle) => [
      form(`${what}base64`, needle),
      form(`${what}base64url`, needle.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
  ];
}

/** The text as it is, and escaped once: JSON and query strings escape `+`, `/` and `=`. */
function plainForms(core: string): readonly Form[] {
  const written = [core, JSON.stringify(core).slice(1, -1), encodeURIComponent(core)];
  return [...new Set(written)].map((needle) => form("plain", needle, true));
}

function formsOf({ value }: Canary): readonly Form[] {
  const ofText = coresOf(value).flatMap((core) =>
    plainForms(core).concat(formsOfBytes(Buffer.from(core), "")),
  );
  // Secrets and keys are base64 of bytes, so the search includes other encodings of those bytes.
  const base64 = /^(?:whsec_)?([A-Za-z0-9+/]{32,}={0,2})$/.exec(value)?.[1];
  if (base64 === undefined) return ofText;
  const bytes = Buffer.from(base64, "base64");
  return [...ofText, ...formsOfBytes(bytes.subarray(4, 20), "its bytes as ")];
}

/**
 * Creates a search for these canaries. Create it only once, because it computes all encodings
 * first.
 */
export function searchFor(
  canaries: readonly Canary[],
): (place: string, text: string) => readonly Found[] {
  const forms = canaries.map((canary) => ({ canary: canary.name, forms: formsOf(canary) }));
  return (place, text) => {
    const lower = text.toLowerCase();
    return forms.flatMap(({ canary, forms: written }) =>
      written.flatMap(({ name, needle, anyCase }) => {
        const at = anyCase ? lower.indexOf(needle.toLowerCase()) : text.indexOf(needle);
        if (at === -1) return [];
        const excerpt = text.slice(Math.max(0, at - 80), at + needle.length + 40);
        return [{ canary, form: name, place, excerpt }];
      }),
    );
  };
}
