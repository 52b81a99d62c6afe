import { getPriority } from "node:os";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { lowerPriority } from "./low-priority.ts";

async function connected<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const pidOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]!.pid;
};

const onLinux = process.platform === "linux";

test.skipIf(!onLinux)(
  "the process behind a connection to the embedded server gets a low priority",
  () =>
    connected(async (client) => {
      expect(await lowerPriority(client)).toBe(true);
      expect(getPriority(await pidOf(client))).toBe(10);
    }),
);

test("a process that only has the same id keeps its priority", () =>
  connected(async (client) => {
    const before = getPriority();
    // Behind a pooler, or with a server on another machine, the driver has a process id that is
    // wrong here.
    (client as unknown as { processID: number }).processID = process.pid;
    expect(await lowerPriority(client)).toBe(false);
    expect(getPriority()).toBe(before);
  }));

test("another connection's process keeps its priority", () =>
  connected(async (one) =>
    connected(async (other) => {
      const pid = await pidOf(other);
      const before = getPriority(pid);
      (one as unknown as { processID: number }).processID = pid;
      expect(await lowerPriority(one)).toBe(false);
      expect(getPriority(pid)).toBe(before);
    }),
  ));
