/** JSON that people type. */

/** Empty for nothing. */
export function pretty(value: unknown): string {
  return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** What is wrong with the text; null if it is an object. */
export function isJsonObject(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? null : "Enter a JSON object.";
  } catch (error) {
    return error instanceof Error ? error.message : "Not valid JSON.";
  }
}
