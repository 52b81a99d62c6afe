/** Checks whether PostgreSQL can store a text and find it again. */

/**
 * Returns the bytes for which PostgreSQL would reject the text; null if it can be stored. A
 * JavaScript string can contain half of a surrogate pair. The driver would write U+FFFD for it, so
 * the stored idempotency key would differ from the one that a lookup uses.
 */
export function unstorableBytes(text: string): string | null {
  if (text.includes("\u0000")) return "0x00";
  if (text.isWellFormed()) return null;
  const half = /[\ud800-\udfff]/u.exec(text)?.[0]?.charCodeAt(0) ?? 0xd800;
  const bytes = [0xe0 | (half >> 12), 0x80 | ((half >> 6) & 0x3f), 0x80 | (half & 0x3f)];
  return bytes.map((byte) => `0x${byte.toString(16)}`).join(" ");
}
