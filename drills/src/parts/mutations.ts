/**
 * A mutation removes one defence from a node's code, to prove that the drill notices when it is
 * missing.
 */

/** A piece of text in a compiled module of the server, and the text that replaces it. */
export interface Mutation {
  /** A description of the defence that the mutation removes. */
  readonly what: string;
  /** The path relative to packages/server/dist. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Mutations = Readonly<Record<string, Mutation>>;

/** The modules that must be loaded before the node's command. */
export function importsFor(mutations: Mutations, broken: string | null): readonly string[] {
  const found = broken === null ? undefined : mutations[broken];
  if (found === undefined) return [];
  const url = new URL("../preload/mutate.js", import.meta.url);
  for (const name of ["file", "from", "to"] as const) url.searchParams.set(name, found[name]);
  return [url.href];
}
