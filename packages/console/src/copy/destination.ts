/** Where an endpoint is, in words: its URL, or a developer's terminal, which has none. */
export function destinationOf({ url }: { readonly url: string | null }): string {
  return url ?? "terminal";
}
