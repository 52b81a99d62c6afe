/**
 * Makes text from tenants safe to print. A line in a log or a terminal must stay one line: its text
 * must not start another line, move the cursor with an escape sequence, or reverse the direction of
 * the text.
 */

/** C0 and C1 control characters and DEL. Some terminals treat an 8-bit CSI (U+009B) like ESC [. */
const controls = String.raw`\u0000-\u001f\u007f-\u009f`;
/** Unicode line breaks, and marks that change the direction of text. */
const breaksAndMarks = String.raw`\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff`;

const unprintable = new RegExp(`[${controls}${breaksAndMarks}]|\\p{Surrogate}`, "gu");

function escaped(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Returns one line of text, with unprintable characters escaped as in JSON: `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

/**
 * Returns an equivalent line of JSON without such characters. JSON itself escapes only those below
 * U+0020.
 * @param line ends with a line break, which is kept.
 */
export function printableJsonLine(line: string): string {
  return line.endsWith("\n") ? `${printable(line.slice(0, -1))}\n` : printable(line);
}

/** Removes the parts of a URL that may contain credentials: user, password, query and fragment. */
export function withoutUrlSecrets(text: string): string {
  return text.replaceAll(
    /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>]*)/gi,
    (_whole, scheme: string, rest: string) => {
      const bare = rest.replace(/[?#].*$/, "");
      // The credentials end at the last @ before the path. If the password contains a slash, they
      // end at the last @.
      return scheme + bare.slice(bare.lastIndexOf("@") + 1);
    },
  );
}
