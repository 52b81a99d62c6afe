/**
 * The command for long runs: `npm run fuzz -- --cases N --seed N --only NAME --path PATH`. Some
 * targets use a real server on a new database.
 */
import { parseArgs } from "node:util";
import { check, type CheckResult } from "./check.ts";
import { pureTargets, servedTargets } from "./index.ts";
import { startServed, type Served } from "./served.ts";
import type { OpenTarget, Target } from "./target.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export type Print = (line: string) => void;

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly only: string | null;
  readonly path: string | null;
}

const casesDefault = 20_000;
/**
 * The share of cases that use a server, because each takes a hundred times as long as the others.
 */
const servedShare = 0.06;

interface Planned {
  readonly target: Target;
  readonly cases: number;
  open(): Promise<OpenTarget>;
}

/** @returns the exit code: 1 if there was a counterexample. */
export async function main(args: readonly string[], print: Print): Promise<number> {
  const options = readOptions(args);
  const wanted = (target: Target): boolean =>
    options.only === null || target.name === options.only || isInGroup(target, options.only);
  const pure = pureTargets.filter(wanted);
  const served = servedTargets.filter(wanted);
  if (pure.length + served.length === 0) {
    const names = [...pureTargets, ...servedTargets].map(({ name }) => name).join(", ");
    print(`There is no target ${options.only}. There are: ${names}`);
    return 1;
  }
  const servedCases = pure.length === 0 ? options.cases : options.cases * servedShare;
  const pureCases = served.length === 0 ? options.cases : options.cases - servedCases;
  print(`seed ${options.seed}, ${options.cases} cases`);
  print(line("target", "cases", "seconds", "cases/s"));
  const watchdog = startWatchdog();
  const service = served.length === 0 ? null : await startServed();
  try {
    return await runAll(
      [
        ...planned(pure, pureCases, (target) => target.open()),
        ...planned(served, servedCases, (target) => target.open(service as Served)),
      ],
      options,
      print,
      watchdog,
    );
  } finally {
    await watchdog.stop();
    await service?.close();
  }
}

/**
 * `signature` selects the target with that name. `http` selects all targets whose names start with
 * `http-`.
 */
function isInGroup({ name }: Target, group: string): boolean {
  return name.startsWith(`${group}-`);
}

function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { cases: text, seed: text, only: text, path: text },
  });
  const cases = Number(values.cases ?? casesDefault);
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  if (!(Number.isSafeInteger(cases) && cases > 0 && Number.isInteger(seed))) {
    throw new Error("--cases and --seed are whole numbers.");
  }
  if (values.path !== undefined && values.only === undefined) {
    throw new Error("--path is one target's: it needs --only.");
  }
  return { cases, seed, only: values.only ?? null, path: values.path ?? null };
}

function planned<Each extends Target>(
  targets: readonly Each[],
  cases: number,
  open: (target: Each) => Promise<OpenTarget>,
): readonly Planned[] {
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  return targets.map((target) => ({
    target,
    cases: Math.max(1, Math.round((cases * target.share) / shares)),
    open: () => open(target),
  }));
}

async function runAll(
  plan: readonly Planned[],
  options: Options,
  print: Print,
  watchdog: Watchdog,
): Promise<number> {
  let [cases, seconds, failures] = [0, 0, 0];
  for (const each of plan) {
    const result = await runOne(each, options, watchdog);
    print(line(each.target.name, ...figures(result.cases, result.seconds)));
    cases += result.cases;
    seconds += result.seconds;
    if (result.counterexample !== null) {
      failures += 1;
      print(telling(each.target, result.counterexample, options));
    }
  }
  print(line("all", ...figures(cases, seconds)));
  return failures === 0 ? 0 : 1;
}

async function runOne(
  { target, cases, open }: Planned,
  options: Options,
  watchdog: Watchdog,
): Promise<CheckResult> {
  const opened = await open();
  watchdog.watch(target.name, opened.property);
  try {
    const { seed, path } = options;
    return await check(opened, { cases, seed, ...(path === null ? {} : { path }) });
  } finally {
    await opened.close?.();
  }
}

function telling(
  { name }: Target,
  { input, error, path }: NonNullable<CheckResult["counterexample"]>,
  { cases, seed }: Options,
): string {
  const again = `--only ${name} --cases ${cases} --seed ${seed} --path ${path}`;
  return `  ${error}\n  input: ${input}\n  again: npm run fuzz -- ${again}`;
}

function figures(cases: number, seconds: number): readonly [string, string, string] {
  return [String(cases), seconds.toFixed(1), String(Math.round(cases / seconds))];
}

function line(name: string, ...rest: readonly [string, string, string]): string {
  return name.padEnd(20) + rest.map((each) => each.padStart(10)).join("");
}
