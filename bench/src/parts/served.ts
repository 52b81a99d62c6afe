/** `posthorn serve` in a process of its own, started as an operator starts it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { processCpuMs } from "./cpu.ts";
import { nowUs } from "./payload.ts";

const command = fileURLToPath(new URL("../bin/posthorn.js", import.meta.resolve("posthorn")));
const readyWithinMs = 60_000;
const stopWithinMs = 20_000;

export interface ServeOptions {
  readonly databaseUrl: string;
  readonly adminKey: string;
  readonly encryptionKey: string;
}

export interface Served {
  readonly url: string;
  /** When the process was started, in microseconds of the monotonic clock. */
  readonly startedUs: number;
  /** The time from the start of the process to a `/readyz` with status 200. */
  readonly readyMs: number;
  cpuMs(): number;
  stop(): Promise<void>;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/**
 * Starts the service, and resolves when it is ready.
 * @throws Error if it ends or is not ready in time.
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedUs = nowUs();
  const elapsedMs = (): number => (nowUs() - startedUs) / 1000;
  const child = spawn(process.execPath, [command, "serve"], {
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: options.databaseUrl,
      POSTHORN_PORT: String(port),
      POSTHORN_ADMIN_KEY: options.adminKey,
      POSTHORN_ENCRYPTION_KEY: options.encryptionKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_LOG_LEVEL: "fatal",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!(await isReady(url))) {
    if (child.exitCode !== null || elapsedMs() > readyWithinMs) {
      child.kill("SIGKILL");
      throw new Error(`posthorn serve was not ready (exit code ${child.exitCode}).`);
    }
    await sleep(2);
  }
  const readyMs = elapsedMs();
  return {
    url,
    startedUs,
    readyMs,
    cpuMs: () => processCpuMs(child.pid ?? 0) ?? Number.NaN,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
      child.kill("SIGTERM");
      await exited;
      clearTimeout(timer);
    },
  };
}
