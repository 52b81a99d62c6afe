/**
 * Errors as they may be shown to the operator: an allow-list of their members. What is thrown can
 * carry more than it says: PostgreSQL's errors have the failing row in `detail` and a statement in
 * `where`, a URL that cannot be parsed stands in `input`, and Node prints all of that by itself.
 */
import pg from "pg";
import { printable, withoutUrlSecrets } from "./printable.ts";

export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Of an error of the database; names that the schema has, no values. */
  readonly table?: string;
  readonly constraint?: string;
  /** Where it was thrown, without the message. */
  readonly stack?: string;
  /** Of an AggregateError. */
  readonly errors?: readonly DescribedError[];
}

/** @param thrown anything. */
export function describeError(thrown: unknown): DescribedError {
  if (!(thrown instanceof Error)) return { name: "unknown", message: shown(String(thrown)) };
  const stack = framesOf(thrown);
  return {
    name: thrown.name,
    message: messageOf(thrown),
    ...("code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {}),
    ...(thrown instanceof pg.DatabaseError ? placeOf(thrown) : {}),
    ...(stack === "" ? {} : { stack }),
    ...(thrown instanceof AggregateError ? { errors: thrown.errors.map(describeError) } : {}),
  };
}

/** For a terminal: the message on one line, then where it was thrown. */
export function printableError(thrown: unknown): string {
  const lines = (described: DescribedError): readonly string[] => [
    printable(`${described.name}: ${described.message}`),
    ...(described.stack === undefined ? [] : [described.stack]),
    ...(described.errors ?? []).flatMap(lines),
  ];
  return lines(describeError(thrown)).join("\n");
}

function shown(text: string): string {
  return withoutUrlSecrets(text);
}

function messageOf(error: Error): string {
  // Class 22, "data exception": what stands in quotes is the datum.
  const isAboutData = error instanceof pg.DatabaseError && error.code?.startsWith("22") === true;
  // A parser's error shows what it could not parse.
  const isAboutText = error instanceof SyntaxError;
  return shown(isAboutData || isAboutText ? error.message.replace(/".*"/s, '"…"') : error.message);
}

function placeOf({ table, constraint }: pg.DatabaseError): Partial<DescribedError> {
  return {
    ...(table === undefined ? {} : { table }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

/** The stack begins with the message, whose lines could look like frames of their own. */
function framesOf({ stack = "", message }: Error): string {
  const at = message === "" ? -1 : stack.indexOf(message);
  const after = at === -1 ? stack : stack.slice(at + message.length);
  return after
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => printable(line))
    .join("\n");
}
