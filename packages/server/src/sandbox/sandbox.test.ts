import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Transformed } from "../model/transformation.ts";
import { isAlive } from "../embedded/process.ts";
import { systemClock } from "../service/database-clock.ts";
import { Sandbox } from "./sandbox.ts";

const sandbox = new Sandbox(systemClock);
afterAll(() => sandbox.close());

const event = {
  id: "0197a1b2-0000-7000-8000-000000000001",
  externalId: "evt_1",
  orgId: "org",
  type: "order.paid",
  timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  dataJson: '{"amount": 10000000000000000000000001, "name": "Ann"}',
};
const context = { org_id: "cus_1", endpoint_id: "ep", url: "https://example.com/" };

const transform = (source: string, orgId = "a"): Promise<Transformed> =>
  sandbox.transform({ orgId, source, event, context });

const shaped = (dataJson: string | null, headers = {}): Transformed => ({
  kind: "shaped",
  dataJson,
  headers,
});
const failed = (message: string, line: number | null = null): Transformed => ({
  kind: "failed",
  message,
  line,
});

describe("a transformation", () => {
  test.each<[string, string, Transformed]>([
    ["shapes the data", "(e) => ({ data: { who: e.data.name } })", shaped('{"who":"Ann"}')],
    ["may leave the data, with its exact numbers", "() => ({})", shaped(null)],
    ["may set headers", "() => ({ headers: { 'X-A': 'b' } })", shaped(null, { "X-A": "b" })],
    ["may cancel", "() => ({ cancel: true, data: 1 })", { kind: "cancelled" }],
    [
      "sees the event and its endpoint",
      "({ id, type, timestamp }, { url, org_id }) => ({ data: [id, type, timestamp, url, org_id] })",
      shaped('["evt_1","order.paid","2026-01-02T03:04:05.678Z","https://example.com/","cus_1"]'),
    ],
    ["may be a named function", "function shape() { return { data: 1 }; }", shaped("1")],
    ["may end with a comment", "() => ({ data: 1 }) // one", shaped("1")],
    ["may return a date", "(e) => ({ data: new Date(e.timestamp).getHours() })", shaped("3")],
  ])("%s", async (_what, source, expected) => {
    expect(await transform(source)).toEqual(expected);
  });

  test.each<[string, string, Transformed]>([
    [
      "throws",
      "(e) => {\n  return e.x.y;\n}",
      failed("line 2: TypeError: cannot read property 'y' of undefined", 2),
    ],
    ["is no function", "42", failed("TypeError: the transformation is not a function")],
    [
      "returns nothing",
      "() => {}",
      failed("TypeError: it must return an object with data, headers or cancel"),
    ],
    ["is async", "async () => ({})", failed("TypeError: it must not be async")],
    [
      "misspells a member",
      "() => ({ dat: 1 })",
      failed("TypeError: its result has dat; only data, headers and cancel are allowed"),
    ],
    [
      "cancels with a text",
      "() => ({ cancel: 'no' })",
      failed("Its result cannot be used: cancel must be true or false."),
    ],
    [
      "sets a list of headers",
      "() => ({ headers: [] })",
      failed("Its result cannot be used: headers must be an object of names and text values."),
    ],
    [
      "sets a signature's framing",
      "() => ({ headers: { Host: 'x' } })",
      failed(
        'Its result cannot be used: its header "Host" cannot be sent: Posthorn controls this header.',
      ),
    ],
    [
      "smuggles a header",
      "() => ({ headers: { a: 'b\\r\\nc: d' } })",
      failed(
        'Its result cannot be used: its header "a" cannot be sent: its value must be visible ASCII on one line.',
      ),
    ],
    [
      "loops for ever",
      "() => { for (;;) ; }",
      failed(`line 1: it took more than ${limits.transformationStepsMax} steps`, 1),
    ],
    [
      "has a slow regular expression",
      "() => ({ data: /^(a+)+$/.test('a'.repeat(40) + 'b') })",
      failed(`line 1: it took more than ${limits.transformationStepsMax} steps`, 1),
    ],
    [
      "needs too much memory",
      "() => ({ data: 'x'.repeat(1e8) })",
      failed("line 1: it needed too much memory", 1),
    ],
    [
      "asks for the time",
      "() => ({ data: Date.now() })",
      failed("line 1: TypeError: a transformation has no clock; use event.timestamp", 1),
    ],
    [
      "asks for a random number",
      "() => ({ data: Math.random() })",
      failed("line 1: TypeError: a transformation has no random numbers", 1),
    ],
  ])("fails if it %s", async (_what, source, expected) => {
    expect(await transform(source)).toEqual(expected);
    // Whatever it was, the next one works.
    expect(await transform("() => ({ data: 1 })")).toEqual(shaped("1"));
  });

  test("has neither a network nor this program's globals", async () => {
    const names = ["process", "require", "fetch", "setTimeout", "performance", "WeakRef", "std"];
    const source = `() => ({ data: ${JSON.stringify(names)}.map((name) => typeof globalThis[name]) })`;
    expect(await transform(source)).toEqual(shaped(JSON.stringify(names.map(() => "undefined"))));
  });

  test("cannot change what the next one sees", async () => {
    await transform("() => { Object.prototype.x = 1; JSON.stringify = null; return {}; }");
    expect(await transform("() => ({ data: typeof ({}).x })")).toEqual(shaped('"undefined"'));
  });

  test("may use memory up to the limit", async () => {
    const half = limits.transformationMemoryBytesMax / 2;
    const of = (bytes: number): Promise<Transformed> =>
      transform(`() => ({ data: new Uint8Array(${bytes}).length })`);
    expect(await of(half)).toEqual(shaped(String(half)));
    expect(await of(2 * half)).toMatchObject({ message: "line 1: it needed too much memory" });
  });

  test("may return data of the maximum size, and no more", async () => {
    const of = (bytes: number): Promise<Transformed> =>
      transform(`() => ({ data: "x".repeat(${bytes - 2}) })`);
    expect((await of(limits.bodyBytesMax)).kind).toBe("shaped");
    expect(await of(limits.bodyBytesMax + 1)).toEqual(
      failed(`Its result cannot be used: its data has more than ${limits.bodyBytesMax} bytes.`),
    );
    const huge = await transform('() => ({ data: "\\u0001".repeat(400000) })');
    expect(huge.kind).toBe("failed");
  });
});

/** Takes seconds without counting a step. */
const uncounted =
  "() => { const a = []; a.length = 4294967295; return { data: a.join('').length }; }";

test("a process that does not answer in time is killed, and the next job works", async () => {
  expect((await transform(uncounted)).kind).toBe("postponed");
  const seconds = limits.transformationCpuMs / 1000;
  expect(await transform(uncounted)).toEqual(failed(`it took more than ${seconds} s`));
  expect(await transform("() => ({ data: 1 })")).toEqual(shaped("1"));
});

/** A clock that the test moves. */
class GivenClock {
  nowMs = 0;
  readonly #timers = new Map<() => void, number>();

  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    this.#timers.set(callback, this.nowMs + delayMs);
    return () => void this.#timers.delete(callback);
  }

  advance(ms: number): void {
    this.nowMs += ms;
    for (const [callback, atMs] of this.#timers) {
      if (atMs > this.nowMs) continue;
      this.#timers.delete(callback);
      callback();
    }
  }
}

describe("with a given clock", () => {
  let clock: GivenClock;
  let own: Sandbox;
  beforeEach(() => {
    clock = new GivenClock();
    own = new Sandbox(clock);
  });
  afterEach(() => own.close());

  const run = (source: string, orgId = "a"): Promise<Transformed> =>
    own.transform({ orgId, source, event, context });

  test("a transformation is blamed for a kill only if another one was a while before", async () => {
    own = new Sandbox(clock, 500);
    expect((await run(uncounted)).kind).toBe("postponed");
    clock.advance(limits.transformationKilledMs - 1);
    expect((await run(uncounted)).kind).toBe("failed");
    clock.advance(limits.transformationKilledMs);
    expect((await run(uncounted)).kind).toBe("postponed");
  });

  test("a job that waits too long for its turn is postponed", async () => {
    const running = run(uncounted);
    const waiting = run("() => ({})");
    await Promise.resolve();
    expect([own.running, own.waiting]).toEqual([1, 1]);
    clock.advance(limits.transformationWaitMs - 1);
    expect(await Promise.race([waiting, Promise.resolve("waits")])).toBe("waits");
    clock.advance(1);
    expect(await waiting).toEqual({ kind: "postponed", message: "The sandbox is busy." });
    expect((await running).kind).toBe("postponed");
    expect([own.running, own.waiting]).toEqual([0, 0]);
    expect((await run("() => ({})")).kind).toBe("shaped");
  });

  test("there are at most so many processes, one for an org, and none after a rest", async () => {
    const orgs = ["a", "a", "b", "b", "c"];
    const all = Promise.all(orgs.map((orgId) => run("() => ({})", orgId)));
    await Promise.resolve();
    expect(own.processes).toBe(limits.sandboxProcessesMax);
    expect((await all).map(({ kind }) => kind)).toEqual(orgs.map(() => "shaped"));
    expect(own.processes).toBe(limits.sandboxProcessesMax);
    clock.advance(limits.sandboxIdleMs - 1);
    expect(own.processes).toBe(limits.sandboxProcessesMax);
    clock.advance(1);
    expect(own.processes).toBe(0);
    expect((await run("() => ({})")).kind).toBe("shaped");
    expect(own.processes).toBe(1);
  });

  test("a check that could not be made is made again", async () => {
    const running = run(uncounted);
    const waiting = own.check("a", "1");
    clock.advance(limits.transformationWaitMs);
    expect((await waiting)?.kind).toBe("postponed");
    await running;
    expect(await own.check("a", "() => ({})")).toBeNull();
    expect((await own.check("a", "1"))?.kind).toBe("failed");
  });

  test("a check is remembered for a moment, and only the latest ones", async () => {
    const first = own.check("a", "1");
    expect(own.check("b", "1")).toBe(first);
    clock.advance(limits.transformationCheckedMs - 1);
    expect(own.check("a", "1")).toBe(first);
    clock.advance(1);
    const again = own.check("a", "1");
    expect(again).not.toBe(first);
    const others = Array.from({ length: limits.transformationsCheckedMax - 1 }, (_, n) =>
      own.check("a", `${n + 2}`),
    );
    expect(own.check("a", "1")).toBe(again);
    others.push(own.check("a", "0"));
    expect(own.check("a", "1")).not.toBe(again);
    own.close();
    await Promise.all([first, again, ...others]);
  });
});

test("a process whose service was killed ends, also in the middle of a job", async () => {
  const program = fileURLToPath(new URL("../../bin/sandbox.js", import.meta.url));
  const job = { source: uncounted, event: "{}", context: "{}", stepsMax: 1e7, cpuMs: 2_000 };
  const bounds = { memoryBytesMax: limits.transformationMemoryBytesMax, resultCharsMax: 10 };
  // The service: it starts a process, gives it a job, and dies without a word.
  const service = `
    const { fork } = require("node:child_process");
    const child = fork(${JSON.stringify(program)}, [], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
    child.once("message", () => {
      child.send(${JSON.stringify({ ...job, ...bounds })}, () => {
        console.log(child.pid);
        process.kill(process.pid, "SIGKILL");
      });
    });`;
  const { stdout } = spawnSync(process.execPath, ["-e", service], { encoding: "utf8" });
  const pid = Number(stdout);
  expect(pid).toBeGreaterThan(0);
  expect(isAlive(pid)).toBe(true);
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false);
});

test("endless loops of one org do not delay another org's transformations", async () => {
  const order: string[] = [];
  const loops = Array.from({ length: 10 }, async () => {
    await transform("() => { for (;;) ; }", "noisy");
    order.push("loop");
  });
  for (let n = 0; n < 3; n += 1) {
    expect(await transform("() => ({ data: 1 })", "quiet")).toEqual(shaped("1"));
    order.push("quiet");
  }
  await Promise.all(loops);
  expect(order.lastIndexOf("quiet")).toBeLessThan(9);
});

test("a check says what is wrong with a source, and calls no function", async () => {
  expect(await sandbox.check("a", "() => { for (;;) ; }")).toBeNull();
  expect(await sandbox.check("a", "(e) => {\n  return (;\n}")).toMatchObject({
    kind: "failed",
    line: 2,
    message: expect.stringMatching(/^line 2: SyntaxError: /) as string,
  });
  expect(await sandbox.check("a", "5")).toMatchObject({ kind: "failed" });
});

test("after the sandbox has closed, nothing runs", async () => {
  const closed = new Sandbox(systemClock);
  const running = closed.transform({ orgId: "a", source: "() => { for (;;) ; }", event, context });
  closed.close();
  expect(await running).toEqual({ kind: "postponed", message: "The sandbox has stopped." });
  expect(await closed.transform({ orgId: "a", source: "() => ({})", event, context })).toEqual({
    kind: "postponed",
    message: "The sandbox has stopped.",
  });
});
