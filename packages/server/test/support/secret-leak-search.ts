/**
 * Canaries: values that nobody else writes, put in wherever something must stay hidden, and looked
 * for afterwards wherever something may be seen, in each form that it could have been written in.
 */
import { randomBytes } from "node:crypto";

export interface Canary {
  /** What it stands for, e.g. "signing secret". */
  readonly name: string;
  readonly value: string;
}

export interface Found {
  readonly canary: string;
  /** How it was written, e.g. "hex". */
  readonly form: string;
  /** Where, e.g. "the log", with some of the text around it. */
  readonly place: string;
  readonly excerpt: string;
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Text of letters only: the same in JSON, in a URL, in base64's alphabet, and no word of SQL. */
export function canaryText(length = 32): string {
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join("");
}

/**
 * What is looked for: sixteen characters out of the value's middle, or its last sixteen. So a text
 * that was cut, or had its beginning replaced by stars, is found, too; the first eight characters
 * of a key are there for everybody to see.
 */
function coresOf(value: string): readonly string[] {
  if (value.length <= 20) return [value];
  const middle = Math.floor(value.length / 2) - 8;
  return [value.slice(middle, middle + 16), value.slice(-16)];
}

/** Base64 of longer text that holds these bytes, at each of the three places they can begin at. */
function base64Within(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // The characters at both ends are made of neighbouring bytes as well.
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

/** Every way of writing the bytes that is looked for. */
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

/** Escaped once: what JSON or a query string makes of `+`, `/` and `=`. */
function plainForms(core: string): readonly Form[] {
  const written = [core, JSON.stringify(core).slice(1, -1), encodeURIComponent(core)];
  return [...new Set(written)].map((needle) => form("plain", needle, true));
}

function formsOf({ value }: Canary): readonly Form[] {
  const ofText = coresOf(value).flatMap((core) =>
    plainForms(core).concat(formsOfBytes(Buffer.from(core), "")),
  );
  // A secret and a key are bytes in base64: those bytes in another form are the secret, too.
  const base64 = /^(?:whsec_)?([A-Za-z0-9+/]{32,}={0,2})$/.exec(value)?.[1];
  if (base64 === undefined) return ofText;
  const bytes = Buffer.from(base64, "base64");
  return [...ofText, ...formsOfBytes(bytes.subarray(4, 20), "its bytes as ")];
}

/** Looks for canaries in texts. Made once: the forms of all are computed here. */
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
