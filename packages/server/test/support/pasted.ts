/**
 * Runs a printed `curl` command as a shell and curl would, because a test machine may have neither.
 * Other tests check that the printed words are right.
 */
export type Variables = Readonly<Record<string, string>>;

export interface PastedAnswer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

/** Splits a command into words. Supports the quoting rules that the docs use. */
export function wordsOf(command: string, variables: Variables = {}): string[] {
  const words: string[] = [];
  const line = command.replaceAll("\\\n", " ");
  const expand = (text: string): string =>
    text.replaceAll(/\$([A-Z]+)/g, (_, name: string) => variables[name] ?? "");
  for (const [word] of line.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+/g)) {
    const parts = [...word.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|([^'"]+)/g)];
    words.push(
      parts
        .map(([, single, double, bare]) =>
          single === undefined ? expand(double ?? bare ?? "") : single,
        )
        .join(""),
    );
  }
  return words;
}

export async function pasted(command: string, variables: Variables = {}): Promise<PastedAnswer> {
  const [program, ...words] = wordsOf(command, variables);
  if (program !== "curl") throw new Error(`Expected curl, not ${program}.`);
  const headers: Record<string, string> = {};
  let url = "";
  let method: string | undefined;
  let body: string | undefined;
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (word === "-H") {
      const header = words.shift() ?? "";
      headers[header.slice(0, header.indexOf(":"))] = header.slice(header.indexOf(":") + 1).trim();
    } else if (word === "-X") method = words.shift();
    else if (word === "-d") body = words.shift();
    else if (word === "-i") continue;
    else url = word;
  }
  const response = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text === "" ? null : JSON.parse(text) };
}
