/** A PostgreSQL server that uses the embedded server's programs, with other settings. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import pg from "pg";
import { mustBecome } from "../parts/wait.ts";

const startWithinMs = 30_000;

export interface Programs {
  readonly postgres: string;
  readonly clusterDir: string;
}

/** The embedded server's programs. For root, they are a copy that other users can read. */
export async function programsOf(pid: number): Promise<Programs> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
  const clusterDir = words[words.indexOf("-D") + 1];
  if (words[0] === undefined || clusterDir === undefined)
    throw new Error("The server no longer exists.");
  return { postgres: words[0], clusterDir };
}

/** Starts a server, and resolves when it accepts connections at `url`, on that port. */
export async function startDirectly(
  { postgres, clusterDir }: Programs,
  url: string,
  settings: Readonly<Record<string, string>>,
): Promise<{ stop(): Promise<void> }> {
  const { uid, gid } = await stat(clusterDir);
  const all = { ...settings, port: new URL(url).port, unix_socket_directories: "" };
  const words = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(postgres, ["-D", clusterDir, ...words], {
    ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    cwd: path.dirname(postgres),
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4_000)));
  const exited = once(child, "exit");
  const kill = (): void => void child.kill("SIGQUIT");
  process.once("exit", kill);
  try {
    await mustBecome("the server", async () => !(await refuses(url)), startWithinMs);
  } catch (error) {
    kill();
    throw new Error(`${String(error)}\n${log}`, { cause: error });
  }
  return {
    async stop() {
      kill();
      await exited;
      process.off("exit", kill);
    },
  };
}

/** Whether the server refuses connections. */
export async function refuses(url: string): Promise<boolean> {
  try {
    await (await connect(url)).end();
    return false;
  } catch {
    return true;
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
