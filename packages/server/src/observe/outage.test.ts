/** What the log contains while the database does not work. */
import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { createLogger } from "./log.ts";
import { Outage } from "./outage.ts";

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [member: string]: unknown;
}

function outageAt(level: string) {
  const lines: Line[] = [];
  const state = { nowMs: 1_000_000 };
  const outage = new Outage(() => state.nowMs);
  const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
  const logger = createLogger(level, { destination: { write }, outage });
  const down = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const fail = (error: Error = down): void =>
    logger.error({ operation: "claim", error }, "store failed");
  return { lines, state, outage, logger, fail };
}

test("an outage is one line at its start, one every outageLineMs, and one at its end", () => {
  const { lines, state, outage, logger, fail } = outageAt("info");
  for (let each = 0; each < 50; each += 1) fail();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: "error",
    reason: "connect ECONNREFUSED",
    code: "ECONNREFUSED",
    during: "store failed",
    msg: expect.stringContaining("the database does not work"),
  });
  expect(JSON.stringify(lines)).not.toContain(" at ");
  state.nowMs += limits.outageLineMs - 1;
  fail();
  expect(lines).toHaveLength(1);
  state.nowMs += 1;
  fail();
  expect(lines.slice(1)).toMatchObject([{ failures: 52, seconds: limits.outageLineMs / 1000 }]);
  state.nowMs += limits.outageQuietMs - 1;
  outage.succeeded(logger);
  expect(lines).toHaveLength(2);
  state.nowMs += 1;
  outage.succeeded(logger);
  outage.succeeded(logger);
  expect(lines.slice(2)).toMatchObject([{ level: "info", msg: "the database works again" }]);
  fail();
  expect(lines).toHaveLength(4);
});

test("a full disk and a read-only server count, a fault of one statement does not", () => {
  const { lines, fail } = outageAt("info");
  const coded = (code: string): Error => Object.assign(new Error(code), { code });
  fail(coded("53100"));
  fail(coded("25006"));
  fail(new AggregateError([coded("57P01"), coded("08006")]));
  expect(lines).toHaveLength(1);
  fail(coded("42P01"));
  fail(new AggregateError([coded("57P01"), coded("42P01")]));
  expect(lines.slice(1).map(({ msg }) => msg)).toEqual(["store failed", "store failed"]);
});

test("at level debug, each failure is a line with its stack", () => {
  const { lines, fail } = outageAt("debug");
  fail();
  fail();
  const details = lines.filter(({ level }) => level === "debug");
  expect(details).toHaveLength(2);
  expect(details[0]).toMatchObject({ msg: "store failed", error: { stack: expect.any(String) } });
});
