/** Runs processes that print something and end: help texts, rejected starts, crashes. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { given } from "./secret-leak-walk.ts";
import { runCommand } from "./command.ts";
import { freePort } from "../../src/transport/testing/receivers.ts";

export interface PrintedRun {
  readonly name: string;
  readonly output: string;
  /** Text that the process must print. Without it, the run proves nothing. */
  readonly expected: string;
}

interface Case {
  readonly name: string;
  readonly command: string;
  readonly expected: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A script that is loaded before the command, and fails as an uncaught bug in the service would. It
 * uses real error objects, because Node prints their members.
 */
const crashing = `
import { createRequire } from "node:module";
const { Client } = createRequire(process.env.CRASH_FROM)("pg");
const crashes = {
  async row() {
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    await client.query(\`do $$ begin raise exception using errcode = '23514', message = 'crash by row',
      detail = '\${process.env.CRASH_WITH}', hint = '\${process.env.CRASH_WITH}'; end $$\`);
  },
  async datum() {
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    await client.query("select $1::text::uuid", [process.env.CRASH_WITH]);
  },
  async url() {
    new URL(process.env.DATABASE_URL.replace("@", " @ "), "nothing");
  },
  async cause() {
    const cause = new Error(process.env.CRASH_WITH);
    throw Object.assign(new Error("crash by cause of https://a:b@c.d/e?" + process.env.CRASH_WITH,
      { cause }), { config: process.env });
  },
  async json() {
    JSON.parse(process.env.CRASH_WITH);
  },
};
const began = Date.now();
const waiting = setInterval(() => {
  // Fails as soon as the command has started, and after 20 s if the command never starts.
  if (process.listenerCount("uncaughtException") === 0 && Date.now() < began + 20_000) return;
  clearInterval(waiting);
  void crashes[process.env.CRASH]();
}, 5);
`;

/** Runs all cases. With the variables in `environment`, the service can start. */
export async function runAll(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<readonly PrintedRun[]> {
  const crashFile = path.join(folder, "crash.mjs");
  await writeFile(crashFile, crashing);
  const crash = (how: string, expected: string): Case => ({
    name: `a crash by ${how}`,
    command: "serve",
    expected,
    environment: {
      CRASH: how,
      CRASH_WITH: given.refusedEventData,
      CRASH_FROM: import.meta.filename,
      NODE_OPTIONS: `--import=${crashFile}`,
    },
  });
  const nowhere = `127.0.0.1:${await freePort()}`;
  const password = given.databasePassword;
  const cases: readonly Case[] = [
    { name: "help", command: "--help", expected: "Usage: posthorn" },
    { name: "migrate", command: "migrate", expected: "Nothing to do." },
    { name: "a command that there is not", command: "sreve", expected: "unknown command" },
    {
      name: "a database that is away",
      command: "serve",
      expected: "PH_DATABASE_UNREACHABLE",
      environment: {
        DATABASE_URL: `postgres://user:${password}@${nowhere}/name`,
        POSTHORN_DATABASE_WAIT: "0s",
      },
    },
    {
      name: "a URL of a database that cannot be read",
      command: "serve",
      expected: "DATABASE_URL cannot be used",
      environment: { DATABASE_URL: `postgres://user:${password}@a:b:c,d/name` },
    },
    {
      name: "another encryption key",
      command: "serve",
      expected: "PH_ENCRYPTION_KEY_WRONG",
      environment: { POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64") },
    },
    crash("row", "posthorn: crashed: error: crash by row"),
    crash("datum", 'posthorn: crashed: error: invalid input syntax for type uuid: "…"'),
    crash("url", "posthorn: crashed: TypeError: Invalid URL"),
    crash("cause", "posthorn: crashed: Error: crash by cause of https://c.d/e"),
    crash("json", "posthorn: crashed: SyntaxError: Unexpected token"),
  ];
  const runs: PrintedRun[] = [];
  // Runs two processes at a time, because each start uses most of a core.
  const waiting = [...cases];
  const work = async (): Promise<void> => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      const run = runCommand(each.command, {
        folder,
        environment: { ...environment, ...each.environment },
      });
      await run.exited;
      runs.push({ name: each.name, output: run.output(), expected: each.expected });
    }
  };
  await Promise.all([work(), work()]);
  return runs;
}
