/**
 * Runs customers' transformations, in a process of its own with low priority and an empty
 * environment. `src/sandbox/sandbox.ts` starts it, sends it one job at a time, and replaces it
 * if a job took too long: the watchdog kills it. Each job gets a new QuickJS runtime in WebAssembly, without a clock, chance,
 * files or network, so the same job always has the same outcome.
 */
import variant from "@jitl/quickjs-singlefile-cjs-release-sync";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";
import { constants, setPriority } from "node:os";
import { Worker } from "node:worker_threads";

/** QuickJS asks after this many steps whether it must stop. */
const stepsPerQuestion = 10_000;
const stackBytesMax = 256 * 1024;
const file = "transformation.js";

/**
 * Removes what could differ between two runs. It keeps the functions that it uses later, because
 * the transformation may replace the globals.
 */
const prelude = `(() => {
  "use strict";
  const { parse, stringify } = JSON;
  const { keys } = Object;
  const { isArray } = Array;
  const MachineDate = Date;
  const refuse = (what, instead) => { throw new TypeError("a transformation has no " + what + instead); };
  class GivenDate extends MachineDate {
    constructor(...given) {
      if (given.length === 0) refuse("clock", "; use event.timestamp");
      super(...given);
    }
    static now() { refuse("clock", "; use event.timestamp"); }
  }
  MachineDate.prototype.constructor = GivenDate;
  globalThis.Date = GivenDate;
  Math.random = () => refuse("random numbers", "");
  delete globalThis.WeakRef;
  delete globalThis.FinalizationRegistry;
  delete globalThis.InternalError;
  return (transform, eventText, contextText) => {
    if (typeof transform !== "function") throw new TypeError("the transformation is not a function");
    if (eventText === undefined) return "";
    const result = transform(parse(eventText), parse(contextText));
    if (typeof result !== "object" || result === null || isArray(result)) {
      throw new TypeError("it must return an object with data, headers or cancel");
    }
    if (typeof result.then === "function") throw new TypeError("it must not be async");
    const unknown = keys(result).find((key) => !["data", "headers", "cancel"].includes(key));
    if (unknown !== undefined) {
      throw new TypeError("its result has " + unknown + "; only data, headers and cancel are allowed");
    }
    const { data, headers, cancel } = result;
    const text = data === undefined ? null : stringify(data);
    if (text === undefined) throw new TypeError("its data cannot be written as JSON");
    return stringify([text, headers ?? null, cancel ?? false]);
  };
})()`;

/** No job takes longer, whatever the machine does. */
const mostMs = 10_000;
/** The first element is odd while a job is running, the second is its CPU time in milliseconds. */
const jobs = new Int32Array(new SharedArrayBuffer(8));
const step = () => {
  Atomics.add(jobs, 0, 1);
  Atomics.notify(jobs, 0);
};
const workerData = { jobs, mostMs };
new Worker(new URL("sandbox-watchdog.js", import.meta.url), { workerData }).unref();

const quickJs = await newQuickJSWASMModuleFromVariant(variant);

/**
 * @param job `source`, `event` and `context` (JSON texts; undefined only to check the source),
 *   `cpuMs`, `stepsMax`, `memoryBytesMax` and `resultCharsMax`.
 * @returns `{ result }`, or `{ error, line, isBroken }`: what is wrong, the line of the source or
 *   null, and whether this process must be replaced.
 */
function run({ source, event, context, stepsMax, memoryBytesMax, resultCharsMax }) {
  let questions = 0;
  const runtime = quickJs.newRuntime();
  runtime.setMemoryLimit(memoryBytesMax);
  runtime.setMaxStackSize(stackBytesMax);
  runtime.setInterruptHandler(() => (questions += 1) > stepsMax / stepsPerQuestion);
  const vm = runtime.newContext();
  const evaluated = (text, name) => vm.evalCode(text, name, { strict: true });
  const check = evaluated(prelude, "prelude.js");
  const call = vm.unwrapResult(check);
  const transform = evaluated(`(${source}\n)`, file);
  const found = transform.error
    ? transform
    : vm.callFunction(
        call,
        vm.undefined,
        transform.value,
        ...(event === undefined ? [] : [vm.newString(event), vm.newString(context)]),
      );
  const told = found.error
    ? described(vm.dump(found.error), questions > stepsMax / stepsPerQuestion, stepsMax)
    : { result: vm.getString(found.value) };
  // A runtime that ran out of memory cannot always be disposed of.
  if (told.isBroken) return told;
  for (const each of [call, transform.value, found.error ?? found.value]) each?.dispose();
  if (found === transform) transform.error = undefined;
  vm.dispose();
  runtime.dispose();
  if (told.result?.length > resultCharsMax) {
    return { error: `its result has more than ${resultCharsMax} characters`, line: null };
  }
  return told;
}

/** Says what went wrong, and in which line of the source. */
function described(error, isOverBudget, stepsMax) {
  const stack = typeof error?.stack === "string" ? error.stack : "";
  const line = new RegExp(`${file.replace(".", "\\.")}:(\\d+)`).exec(stack)?.[1];
  const place = { line: line === undefined ? null : Number(line) };
  if (isOverBudget) return { error: `it took more than ${stepsMax} steps`, ...place };
  const name = typeof error?.name === "string" ? error.name : "";
  const message = typeof error?.message === "string" ? error.message : String(error);
  if (message === "out of memory") {
    return { error: "it needed too much memory", ...place, isBroken: true };
  }
  // Without memory for an error, QuickJS throws null.
  if (error === null) return { error: "it threw null", ...place, isBroken: true };
  return { error: name === "" ? `it threw ${message}` : `${name}: ${message}`, ...place };
}

function answer(job) {
  Atomics.store(jobs, 1, job.cpuMs);
  step();
  try {
    return run(job);
  } catch (error) {
    return { error: `the sandbox failed: ${error?.message ?? error}`, line: null, isBroken: true };
  } finally {
    step();
  }
}

try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A container may forbid it. The sandbox then competes with the service like any other process.
}
process.on("message", (job) => {
  const told = answer(job);
  process.send(told, () => {
    if (told.isBroken) process.exit();
  });
});
process.on("disconnect", () => process.exit());
process.send("ready");
