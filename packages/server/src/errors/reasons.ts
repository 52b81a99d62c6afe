/** Reads other programs' errors: their code and their reason. */

/** The `code` of a system error or a PostgreSQL error; null for any other value. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : null;
}

/** An error's message without its final full stop, for use inside a sentence. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\.$/, "");
}
