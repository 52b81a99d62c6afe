/**
 * Formats JSON from its text, not from its values: a number beyond 2^53, or one written as 1.10,
 * stays as it was sent.
 */
export function prettyJson(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  const tokens = text.match(tokenPattern) ?? [];
  const lines = new Lines();
  tokens.forEach((token, index) => {
    const isEmpty = tokens[index + 1] === "}" || tokens[index + 1] === "]";
    if (token === "{" || token === "[") lines.open(token, isEmpty);
    else if (token === "}" || token === "]") lines.close(token, isOpening(tokens[index - 1]));
    else if (token === ",") lines.next();
    else lines.add(token === ":" ? ": " : token);
  });
  return lines.text;
}

/** Matches a string, a punctuation mark, a number or a word. */
const tokenPattern = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function isOpening(token: string | undefined): boolean {
  return token === "{" || token === "[";
}

class Lines {
  readonly #parts: string[] = [];
  #depth = 0;

  get text(): string {
    return this.#parts.join("");
  }

  add(text: string): void {
    this.#parts.push(text);
  }

  open(mark: string, isEmpty: boolean): void {
    this.#parts.push(mark);
    this.#depth += 1;
    if (!isEmpty) this.#break();
  }

  close(mark: string, isEmpty: boolean): void {
    this.#depth -= 1;
    if (!isEmpty) this.#break();
    this.#parts.push(mark);
  }

  next(): void {
    this.#parts.push(",");
    this.#break();
  }

  #break(): void {
    this.#parts.push("\n", "  ".repeat(this.#depth));
  }
}
