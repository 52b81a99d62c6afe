/** Describes the machine on which the benchmark ran. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { fileURLToPath } from "node:url";

export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly postgresql: string;
  /** The versions of the competitors, by package name. */
  readonly versions: Readonly<Record<string, string>>;
}

const compared = ["undici", "pg", "pg-boss", "graphile-worker", "bullmq"];

export async function machineFacts(postgresql: string): Promise<MachineFacts> {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    postgresql,
    versions: Object.fromEntries(compared.map((name) => [name, versionOf(name)])),
  };
}

/**
 * Reads the installed version from the lock file, because not every package exports its
 * package.json.
 */
function versionOf(name: string): string {
  const file = fileURLToPath(new URL("../../../package-lock.json", import.meta.url));
  const lock = JSON.parse(readFileSync(file, "utf8")) as {
    packages: Record<string, { version?: string }>;
  };
  return lock.packages[`node_modules/${name}`]?.version ?? "unknown";
}
