/**
 * The text that names an endpoint's destination: its URL, or a developer's terminal, which has no
 * URL.
 */
export function destinationOf({ url }: { readonly url: string | null }): string {
  return url ?? "terminal";
}
