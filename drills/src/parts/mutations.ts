/** Mutations remove one defence from a node's code, to prove that the drill detects its absence. */

/** A text in a compiled module of the server, and its replacement. */
export interface Mutation {
  /** The defence that is removed, in words. */
  readonly what: string;
  /** Relative to packages/server/dist. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Mutations = Readonly<Record<string, Mutation>>;

/** The modules to import before the command of the node. */
export function importsFor(mutations: Mutations, broken: string | null): readonly string[] {
  const found = broken === null ? undefined : mutations[broken];
  if (found === undefined) return [];
  const url = new URL("../preload/mutate.js", import.meta.url);
  for (const name of ["file", "from", "to"] as const) url.searchParams.set(name, found[name]);
  return [url.href];
}
