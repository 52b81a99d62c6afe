/** What the log contains, whatever the input is. */
import pg from "pg";
import { describe, expect, test } from "vitest";
import { hostileTexts } from "../testing/hostile-texts.ts";
import { describeError, printableError } from "./describe-error.ts";
import { createLogger } from "./log.ts";

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = "";
  write(createLogger("trace", { destination: { write: (line) => (text += line) } }));
  return text;
}

/** Creates an error as PostgreSQL sends it. */
function databaseError(code: string, message: string): pg.DatabaseError {
  const hidden = "Failing row contains (hidden)";
  return Object.assign(new pg.DatabaseError(message, message.length, "error"), {
    code,
    detail: hidden,
    hint: hidden,
    where: hidden,
    internalQuery: hidden,
    table: "endpoints",
    constraint: "endpoints_url_check",
  });
}

describe.each(hostileTexts)("%j", (text) => {
  test("is part of one line, and of one member of it", () => {
    const written = logged((logger) => {
      logger.warn({ text, error: new Error(text) }, text);
    });
    expect(written).toMatch(/^[^\p{Cc}\u2028\u2029\u202e]+\n$/u);
    expect(JSON.parse(written)).toMatchObject({
      level: "warn",
      text,
      msg: text,
      error: { message: text },
    });
  });

  test("starts no new line on a terminal", () => {
    const [first, ...frames] = printableError(new Error(text)).split("\n");
    expect(first).toMatch(/^Error: [^\p{Cc}\u2028\u2029\u202e]+$/u);
    for (const frame of frames) expect(frame).toMatch(/^ {4}at [^\p{Cc}]+$/u);
  });
});

test("a message that looks like a stack frame is not one", () => {
  const { stack } = describeError(new Error("x\n    at forged (file:///forged.js:1:1)"));
  expect(stack).toMatch(/^ {4}at .*log\.test/);
  expect(stack).not.toContain("forged");
});

test.each(["error", "err"])("for a database error, %s shows its names and no values", (as) => {
  const error = databaseError("23514", "new row violates check constraint");
  const written = logged((logger) => logger.error({ [as]: error }, "failed"));
  expect(written).not.toContain("hidden");
  expect(JSON.parse(written)).toMatchObject({
    [as]: { code: "23514", table: "endpoints", constraint: "endpoints_url_check" },
  });
});

test("an error that is logged by itself shows no more", () => {
  const error = databaseError("23514", "new row violates check constraint");
  expect(logged((logger) => logger.error(error))).not.toContain("hidden");
});

test("a value in the message is left out, a name is not", () => {
  const datum = databaseError("22P02", 'invalid input syntax for type json: "hid"den"');
  expect(describeError(datum).message).toBe('invalid input syntax for type json: "…"');
  const name = databaseError("42P01", 'relation "posthorn.orgs" does not exist');
  expect(describeError(name).message).toBe('relation "posthorn.orgs" does not exist');
  expect(describeError(new SyntaxError('Unexpected token h, "hidden" is not valid')).message).toBe(
    'Unexpected token h, "…" is not valid',
  );
});

test("causes and other members are left out; the errors of an AggregateError are described", () => {
  const inner = Object.assign(new Error("inner https://u:p@h/x?hidden"), { config: "hidden" });
  const outer = new AggregateError([inner, "text"], "outer", { cause: new Error("hidden") });
  const text = printableError(outer) + logged((logger) => logger.error({ error: outer }));
  expect(text).not.toContain("hidden");
  expect(describeError(outer)).toMatchObject({
    name: "AggregateError",
    message: "outer",
    errors: [{ message: "inner https://h/x" }, { name: "unknown", message: "text" }],
  });
});

test("the class of an attempt's error stays a word", () => {
  const written = logged((logger) => {
    logger.warn({ error: "timeout" }, "attempt");
    logger.info({ error: null }, "attempt");
  });
  const lines = written.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { error: "timeout" },
    { error: null },
  ]);
});
