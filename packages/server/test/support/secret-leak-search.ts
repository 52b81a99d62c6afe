/**
 * Canaries are unique values. Tests put them wherever something must stay hidden, then search all
 * visible places for them, in each form in which they could have been written.
 */
import { randomBytes } from "node:crypto";

export interface Canary {
  /** The kind of secret that it imitates, e.g. "signing secret". */
  readonly name: string;
  readonly value: string;
}

export interface Found {
  readonly canary: string;
  /** The encoding, e.g. "hex". */
  readonly form: string;
  /** The place, e.g. "the log", with some of the text around it. */
  readonly place: string;
  readonly excerpt: string;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Letters only, so it is the same in JSON, in a URL and in base64, and no word of SQL. */
export function canaryText(length = 32): string {
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join("");
}

/**
 * The searched parts: sixteen characters from the value's middle, and its last sixteen. So they
 * also match a truncated text, or one whose start is masked. The first eight characters of a key
 * are public.
 */
function coresOf(value: string): readonly string[] {
  if (value.length <= 20) return [value];
  const middle = Math.floor(value.length / 2) - 8;
  return [value.slice(middle, middle + 16), value.slice(-16)];
}

/** Base64 of longer text that contains these bytes, at each of the three possible offsets. */
function base64Within(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // The characters at both ends also depend on neighbouring bytes.
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

/** All encodings of the bytes that are searched. */
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

/** Escaped once: `+`, `/` and `=` as in JSON or a query string. */
function plainForms(core: string): readonly Form[] {
  const written = [core, JSON.stringify(core).slice(1, -1), encodeURIComponent(core)];
  return [...new Set(written)].map((needle) => form("plain", needle, true));
}

function formsOf({ value }: Canary): readonly Form[] {
  const ofText = coresOf(value).flatMap((core) =>
    plainForms(core).concat(formsOfBytes(Buffer.from(core), "")),
  );
  // A secret and a key are bytes in base64; the same bytes in another form are also secret.
  const base64 = /^(?:whsec_)?([A-Za-z0-9+/]{32,}={0,2})$/.exec(value)?.[1];
  if (base64 === undefined) return ofText;
  const bytes = Buffer.from(base64, "base64");
  return [...ofText, ...formsOfBytes(bytes.subarray(4, 20), "its bytes as ")];
}

/** Searches texts for canaries. Create it once: it computes all the forms first. */
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
