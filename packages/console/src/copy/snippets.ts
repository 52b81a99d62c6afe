/** The receivers of docs/receivers.md, which a test runs as they are printed there. */
import receivers from "../../../../docs/receivers.md?raw";

export interface Snippet {
  readonly title: string;
  readonly contracts: readonly string[];
  readonly code: string;
}

const fences = /```\w+ run=\w+ title="([^"]+)" contracts=([\w,]+)\n([\s\S]*?)```/g;

const snippets: readonly Snippet[] = [...receivers.matchAll(fences)].map(
  ([, title = "", contracts = "", code = ""]) => ({
    title,
    contracts: contracts.split(","),
    code: code.trimEnd(),
  }),
);

/** Those that verify what this contract sends. */
export function snippetsFor(contract: string): readonly Snippet[] {
  return snippets.filter((each) => each.contracts.includes(contract));
}
