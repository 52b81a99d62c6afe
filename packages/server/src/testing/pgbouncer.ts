/** A PgBouncer for tests, with default settings, in front of a running server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../embedded/port.ts";

/** The path at which Debian's package installs PgBouncer. */
const program = "/usr/sbin/pgbouncer";

/** If PgBouncer is missing, the tests that need it are skipped, and their titles say why. */
export const hasPgBouncer = existsSync(program);

export interface PgBouncer {
  readonly port: number;
  /** The URL of the same database through PgBouncer. */
  through(url: string): string;
  stop(): Promise<void>;
}

export interface PgBouncerOptions {
  /** The URL of any database on the server. PgBouncer gets its user and password. */
  readonly serverUrl: string;
  readonly mode: "session" | "transaction";
  /** Settings in addition to the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Further users with their passwords. */
  readonly users?: Readonly<Record<string, string>>;
}

const nobody = 65_534;

export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const { serverUrl, mode, settings = {}, users = {} } = options;
  const server = new URL(serverUrl);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "posthorn-pgbouncer-"));
  await chmod(folder, 0o755);
  const known = { [server.username]: decodeURIComponent(server.password), ...users };
  const usersFile = join(folder, "users.txt");
  const lines = Object.entries(known).map(([user, password]) => `"${user}" "${password}"`);
  await writeFile(usersFile, `${lines.join("\n")}\n`);
  const values = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "plain",
    auth_file: usersFile,
    pool_mode: mode,
    ...settings,
  };
  const configFile = join(folder, "pgbouncer.ini");
  await writeFile(
    configFile,
    [
      "[databases]",
      `* = host=${server.hostname} port=${server.port}`,
      "[pgbouncer]",
      ...Object.entries(values).map(([name, value]) => `${name} = ${value}`),
      "",
    ].join("\n"),
  );
  // PgBouncer refuses to run as root, so it runs as nobody.
  const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  const child = spawn(program, ["-q", configFile], { ...user, stdio: "ignore" });
  const ended = once(child, "exit");
  // Kills PgBouncer also if the test run is interrupted.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    kill();
    await ended;
    process.off("exit", kill);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilOpen(port, () => child.exitCode === null);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    through(url) {
      const pooled = new URL(url);
      pooled.host = `127.0.0.1:${port}`;
      return pooled.href;
    },
    stop,
  };
}

async function untilOpen(port: number, isAlive: () => boolean): Promise<void> {
  for (let tried = 0; tried < 500 && isAlive(); tried += 1) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await sleep(10);
    } finally {
      socket.destroy();
    }
  }
  throw new Error("PgBouncer did not start.");
}
