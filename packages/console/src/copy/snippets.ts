/** The receivers of docs/receivers.md. A test runs them as printed on that page. */
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

/** The programs that verify the signatures of this contract. */
export function snippetsFor(contract: string): readonly Snippet[] {
  return snippets.filter((each) => each.contracts.includes(contract));
}
