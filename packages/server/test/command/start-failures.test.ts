/**
 * Provokes every failure that can keep a command from starting. The command must print one sentence
 * with a remedy, use the documented exit code, and never print a stack trace. The table in
 * docs/operators/lifecycle.md lists the failures.
 */
import { execFileSync } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { connect as connectTo, createServer, type AddressInfo } from "node:net";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import {
  makeReachableFolder,
  runCommand,
  runOneAfterAnother,
  type Run,
  type Said,
} from "../support/command.ts";
import { until } from "../support/receiver.ts";

const encryptionKey = Buffer.alloc(32, 1).toString("base64");
const patienceMs = 60_000;
const commands = ["serve", "dev", "migrate", "rekey"] as const;
const password = "pa55-canary";

let folder: string;
let database: TestDatabase;
let admin: pg.Client;
const runs: Run[] = [];
/** Role names belong to the whole server, which other tests use at the same time. */
const suffix = String(process.pid);
const stranger = `start_stranger_${suffix}`;
const owner = `start_owner_${suffix}`;
const guest = `start_guest_${suffix}`;
const crowded = `start_crowded_${suffix}`;

beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-start-");
  database = await createTestDatabase(inject("postgresUrl"));
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  for (const role of [stranger, owner, guest]) {
    await admin.query(`create role ${role} login password '${password}'`);
  }
  await admin.query(`create role ${crowded} login password '${password}' connection limit 0`);
});
afterAll(async () => {
  await Promise.all(runs.map((each) => each.stop()));
  await admin.query("drop schema if exists posthorn cascade");
  for (const role of [stranger, owner, guest, crowded]) await admin.query(`drop role ${role}`);
  await admin.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function run(
  name: string,
  environment: Readonly<Record<string, string>>,
  within: readonly string[] = [],
): Run {
  const one = runCommand(name, {
    folder,
    within,
    environment: { ...commonEnvironment(), ...environment },
  });
  runs.push(one);
  return one;
}

const commonEnvironment = (): Record<string, string> => ({
  POSTHORN_ENCRYPTION_KEY: encryptionKey,
  POSTHORN_DATABASE_WAIT: "1s",
  POSTHORN_DATA_DIR: path.join(folder, "data"),
});

function urlWith(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

const urlOf = (role: string): string =>
  urlWith((url) => {
    url.username = role;
    url.password = password;
  });

/** The lines on standard error, without the JSON lines of the log. */
const sentencesIn = (output: string): string[] =>
  output.split("\n").filter((line) => line !== "" && !line.startsWith("{"));

function expectSentence(output: string, code: string): void {
  const sentences = sentencesIn(output).filter((line) => !line.includes("waiting up to"));
  expect(sentences).toHaveLength(1);
  expect(sentences[0]).toMatch(new RegExp(`^posthorn: [A-Z].*\\. .*\\. \\(${code}\\)$`));
  expect(output).not.toMatch(/^ +at /m);
  expect(output).not.toContain(password);
}

async function expectFailure(one: Run, exitCode: number, code: string): Promise<void> {
  const exited = await one.exited;
  expectSentence(one.output(), code);
  expect(exited).toBe(exitCode);
}

interface Failure {
  readonly what: string;
  readonly url: () => string;
  readonly exitCode: number;
  readonly code: string;
}

const failures: readonly Failure[] = [
  {
    what: "the database is down",
    url: () => urlWith((url) => (url.port = "1")),
    exitCode: 3,
    code: "PH_DATABASE_UNREACHABLE",
  },
  {
    what: "the host is unknown",
    url: () => urlWith((url) => (url.hostname = "nowhere.invalid")),
    exitCode: 3,
    code: "PH_DATABASE_UNREACHABLE",
  },
  {
    what: "the role has no connection left",
    url: () => urlOf(crowded),
    exitCode: 3,
    code: "PH_DATABASE_UNREACHABLE",
  },
  {
    what: "the password is wrong",
    url: () => urlWith((url) => (url.password = "wrong")),
    exitCode: 2,
    code: "PH_DATABASE_LOGIN",
  },
  {
    what: "there is no such role",
    url: () => urlOf("nobody_here"),
    exitCode: 2,
    code: "PH_DATABASE_LOGIN",
  },
  {
    what: "there is no such database",
    url: () => urlWith((url) => (url.pathname = "/nothing_here")),
    exitCode: 2,
    code: "PH_DATABASE_MISSING",
  },
  {
    what: "the server has no TLS",
    url: () => urlWith((url) => url.searchParams.set("sslmode", "require")),
    exitCode: 2,
    code: "PH_DATABASE_TLS",
  },
  {
    what: "the role may not create the schema",
    url: () => urlOf(stranger),
    exitCode: 2,
    code: "PH_DATABASE_RIGHTS",
  },
  {
    what: "the options in the URL name a setting that there is not",
    url: () => urlWith((url) => (url.search = "options=-c%20bogus_setting%3D1")),
    exitCode: 2,
    code: "PH_DATABASE_START",
  },
];

/** What the command prints for each database that it cannot use. */
const sayingsOf = (name: string): Promise<readonly Said[]> =>
  runOneAfterAnother(
    name,
    failures.map(({ url }) => ({
      environment: { ...commonEnvironment(), DATABASE_URL: url() },
    })),
    folder,
  );

describe("one after another", () => {
  const sayings = new Map<string, Promise<readonly Said[]>>();
  beforeAll(async () => {
    for (const name of commands) sayings.set(name, sayingsOf(name));
    await Promise.allSettled(sayings.values());
  }, 180_000);

  describe.each(failures)("if $what", (failure) => {
    const index = failures.indexOf(failure);
    test.each(commands)("posthorn %s says so", async (name) => {
      const said = (await sayings.get(name))?.[index];
      expectSentence(said?.output ?? "", codeFor(name, failure));
      expect(said?.exitCode).toBe(failure.exitCode);
    });
  });
});

// Each failure runs with one of the commands, chosen so that each command meets two failures.
describe.each(failures)("if $what, in a process of its own,", (failure) => {
  const name = commands[failures.indexOf(failure) % commands.length] ?? "serve";
  test(`posthorn ${name} says so and exits`, async () => {
    const one = run(name, { DATABASE_URL: failure.url() });
    await expectFailure(one, failure.exitCode, codeFor(name, failure));
  }, 90_000);
});

/** `rekey` creates no schema, so its exit code reports that the schema is missing. */
function codeFor(name: string, { code }: Failure): string {
  return name === "rekey" && code === "PH_DATABASE_RIGHTS" ? "PH_DATABASE_NOT_MIGRATED" : code;
}

test("a schema created beforehand is enough, without rights on the database", async () => {
  await admin.query(`create schema posthorn authorization ${owner}`);
  await admin.query(
    `revoke create on database ${pg.escapeIdentifier(nameOf(database.url))} from public`,
  );
  const one = run("migrate", { DATABASE_URL: urlOf(owner) });
  expect(await one.exited, one.output()).toBe(0);
  // The schema exists, but its owner is another role.
  await admin.query(`grant usage on schema posthorn to ${guest}`);
  await expectFailure(run("migrate", { DATABASE_URL: urlOf(guest) }), 2, "PH_DATABASE_RIGHTS");
  await admin.query(`drop schema posthorn cascade`);
}, 90_000);

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

test("a command waits for a database that is still starting", async () => {
  const reserved = createServer();
  await new Promise<void>((resolve) => reserved.listen(0, "127.0.0.1", resolve));
  const { port } = reserved.address() as AddressInfo;
  await new Promise((resolve) => reserved.close(resolve));
  const one = run("migrate", {
    DATABASE_URL: urlWith((url) => (url.port = String(port))),
    POSTHORN_DATABASE_WAIT: "60s",
  });
  await until(() => one.output().includes("waiting up to 60 s"), "the line", patienceMs);
  // A proxy to the real server that starts to listen only now.
  const target = new URL(database.url);
  const way = createServer((socket) => {
    const onward = connectTo(Number(target.port), target.hostname);
    socket.pipe(onward).pipe(socket);
    for (const each of [socket, onward]) each.on("error", () => each.destroy());
  });
  await new Promise<void>((resolve) => way.listen(port, "127.0.0.1", resolve));
  expect(await one.exited, one.output()).toBe(0);
  way.close();
}, 90_000);

test.each([[[]], [["--processes", "2"]]])(
  "a stop during the wait ends serve %j immediately, and is not a failure",
  async (args) => {
    const one = runCommand("serve", {
      folder,
      args,
      environment: {
        POSTHORN_ENCRYPTION_KEY: encryptionKey,
        DATABASE_URL: urlWith((url) => (url.port = "1")),
      },
    });
    runs.push(one);
    await until(() => one.output().includes("waiting up to 60 s"), "the line", patienceMs);
    process.kill(one.pid, "SIGTERM");
    expect(await one.exited).toBe(0);
  },
  90_000,
);

test("an address of another machine cannot be listened on", async () => {
  const one = run("serve", { DATABASE_URL: database.url, POSTHORN_HOST: "192.0.2.1" });
  await expectFailure(one, 2, "PH_LISTEN");
}, 90_000);

const canMount = canRun(["unshare", "--mount", "true"]);
const canChangeUser = canRun(["setpriv", "--reuid=12345", "--clear-groups", "true"]);

/** Runs the given command with a separate file system mounted on `dir`. */
const withMount = (options: string, dir: string): string[] => [
  "unshare",
  "--mount",
  "sh",
  "-c",
  `mount -t tmpfs -o ${options} tmpfs "${dir}" && exec "$@"`,
  "sh",
];

describe("the embedded database", () => {
  test("starts in a path with spaces and non-ASCII letters, without HOME, in an unusual locale", async () => {
    const one = run("serve", {
      POSTHORN_DATA_DIR: path.join(folder, "données 資料 'x' $y"),
      LC_ALL: "xx_XX.UTF-8",
      LANG: "xx_XX.UTF-8",
    });
    await until(() => one.output().includes("posthorn is ready"), "readiness", patienceMs);
    expect(await one.stop()).toBe(0);
  }, 120_000);

  test.skipIf(!canMount).each([
    ["the disk is full at initdb", "size=16m,mode=755", "PH_EMBEDDED_START"],
    ["the folder is read-only", "ro,mode=755", "PH_DATA_DIR"],
  ])(
    "if %s, the start says so",
    async (_, options, code) => {
      const dir = path.join(folder, code);
      await mkdir(dir);
      const environment = { POSTHORN_DATA_DIR: path.join(dir, "data") };
      await expectFailure(run("serve", environment, withMount(options, dir)), 2, code);
    },
    120_000,
  );

  test.skipIf(!canChangeUser)(
    "the error for a user without a name says what initdb needs",
    async () => {
      const dir = path.join(folder, "anybody");
      await mkdir(dir);
      execFileSync("chmod", ["777", dir]);
      const within = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"];
      const environment = { POSTHORN_DATA_DIR: path.join(dir, "data") };
      const one = run("serve", environment, within);
      await expectFailure(one, 2, "PH_EMBEDDED_START");
      expect(one.output()).toContain("add this user to /etc/passwd");
      // With an external server, the operating system's user needs no name.
      const migrated = run("migrate", { DATABASE_URL: database.url }, within);
      expect(await migrated.exited, migrated.output()).toBe(0);
    },
    120_000,
  );
});

function canRun([program = "", ...args]: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
