/** Defences that a drill can do without, to see that it notices: none in the service's code. */

/** One piece of a compiled module of the server, and what stands in its place. */
export interface Break {
  /** What is taken away, in words. */
  readonly what: string;
  /** Below packages/server/dist. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Breaks = Readonly<Record<string, Break>>;

/** What to load before the node's command. */
export function importsFor(breaks: Breaks, broken: string | null): readonly string[] {
  const found = broken === null ? undefined : breaks[broken];
  if (found === undefined) return [];
  const url = new URL("../preload/break.js", import.meta.url);
  for (const name of ["file", "from", "to"] as const) url.searchParams.set(name, found[name]);
  return [url.href];
}
