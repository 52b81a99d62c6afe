/**
 * What tenants wrote, made safe to print. A line of a log or of a terminal must stay that line:
 * no line break begins another, no escape sequence moves the cursor, no mark turns text around.
 */

/** C0 and C1 controls and DEL; an 8-bit CSI (U+009B) works in some terminals as ESC [ does. */
const controls = String.raw`\u0000-\u001f\u007f-\u009f`;
/** What readers of Unicode take for line breaks, and the marks that change the direction. */
const breaksAndMarks = String.raw`\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff`;

const unprintable = new RegExp(`[${controls}${breaksAndMarks}]|\\p{Surrogate}`, "gu");

function escaped(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** One line of text, whatever it was: what cannot be printed is written as in JSON, `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

/**
 * A line of JSON that means the same, and has no such character. JSON itself escapes only what is
 * below U+0020.
 *
 * @param line with a line break at its end, which stays.
 */
export function printableJsonLine(line: string): string {
  return line.endsWith("\n") ? `${printable(line.slice(0, -1))}\n` : printable(line);
}

/** A URL's user, password, query and fragment may be credentials: scheme, host and path remain. */
export function withoutUrlSecrets(text: string): string {
  return text.replaceAll(
    /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>]*)/gi,
    (_whole, scheme: string, rest: string) => {
      const bare = rest.replace(/[?#].*$/, "");
      // Up to the last @ before the path, but for a password that has a slash in it: all of them.
      return scheme + bare.slice(bare.lastIndexOf("@") + 1);
    },
  );
}
