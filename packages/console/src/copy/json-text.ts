/** Helpers for JSON that users type. */

/** Formats a value; returns an empty text if there is none. */
export function pretty(value: unknown): string {
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** Says what is wrong with the text, or returns null if it is a JSON object. */
export function isJsonObject(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? null : "Enter a JSON object.";
  } catch (error) {
    return error instanceof Error ? error.message : "Not valid JSON.";
  }
}
