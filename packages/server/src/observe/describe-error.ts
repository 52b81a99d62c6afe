/**
 * Describes errors with an allow-list of their members, because an error can contain more than its
 * message. A PostgreSQL error has the failing row in `detail` and a statement in `where`, and an
 * error about a URL has the URL in `input`. Node prints all of that by default.
 */
import pg from "pg";
import { printable, withoutUrlSecrets } from "./printable.ts";

export interface DescribedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** Members of a database error with names from the schema, but without values. */
  readonly table?: string;
  readonly constraint?: string;
  /** The stack, without the message. */
  readonly stack?: string;
  /** The errors in an AggregateError. */
  readonly errors?: readonly DescribedError[];
}

/** @param thrown any value that was thrown. */
export function describeError(thrown: unknown): DescribedError {
  if (!(thrown instanceof Error)) return { name: "unknown", message: shown(String(thrown)) };
  const stack = framesOf(thrown);
  return {
    name: thrown.name,
    message: messageOf(thrown),
    ...("code" in thrown && typeof thrown.code === "string" ? { code: thrown.code } : {}),
    ...(isOfDatabase(thrown) ? placeOf(thrown) : {}),
    ...(stack === "" ? {} : { stack }),
    ...(thrown instanceof AggregateError ? { errors: thrown.errors.map(describeError) } : {}),
  };
}

/** Describes an error for a terminal: the message on one line, then the stack. */
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
  // In class 22, "data exception", quoted text in the message is data.
  const isAboutData = isOfDatabase(error) && error.code?.startsWith("22") === true;
  // The error of a parser contains the text that could not be parsed.
  const isAboutText = error instanceof SyntaxError;
  return shown(isAboutData || isAboutText ? error.message.replace(/".*"/s, '"…"') : error.message);
}

/** Also by its form, because a program that embeds Posthorn may have another copy of the driver. */
function isOfDatabase(error: Error): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError || ("severity" in error && "code" in error);
}

function placeOf({ table, constraint }: pg.DatabaseError): Partial<DescribedError> {
  return {
    ...(table === undefined ? {} : { table }),
    ...(constraint === undefined ? {} : { constraint }),
  };
}

/** Removes the message from the start of the stack, because its lines could look like frames. */
function framesOf({ stack = "", message }: Error): string {
  const at = message === "" ? -1 : stack.indexOf(message);
  const after = at === -1 ? stack : stack.slice(at + message.length);
  return after
    .split("\n")
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => printable(line))
    .join("\n");
}
