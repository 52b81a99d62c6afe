/** A Posthorn process on a new database, as scenarios use it. */
import { randomBytes, randomUUID } from "node:crypto";
import { startChild, type Child } from "./child.ts";

export interface StartOptions {
  readonly databaseUrl: string;
  readonly adminKey: string;
  readonly encryptionKey: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ProcessOptions {
  readonly databaseUrl: string;
  /** Posthorn generates each key that is not given. */
  readonly adminKey?: string;
  readonly encryptionKey?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The folder for the process's CPU profile, or null for none. */
  readonly profileDir?: string | null;
}

export interface EndpointWanted {
  readonly orgId: string;
  readonly url: string;
  readonly ratePerSecond?: number;
}

export interface Offered {
  readonly orgIds: readonly string[];
  readonly count: number;
  readonly deliveriesPerEvent: number;
  /** How many published deliveries may be unsettled at once. */
  readonly waitingMax: number;
}

export interface OpenLoop {
  readonly orgIds: readonly string[];
  readonly eventsPerSecond: number;
  readonly durationMs: number;
}

export interface PosthornProcess {
  readonly child: Child;
  readonly url: string;
  readonly adminKey: string;
  readonly encryptionKey: string;
  addEndpoints(endpoints: readonly EndpointWanted[]): Promise<void>;
  /** Changes all endpoints that match a filter of the REST dialect. */
  patchEndpoints(filter: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  /** @returns how many milliseconds passed from the first publish to the last settlement. */
  publishAll(offered: Offered): Promise<number>;
  /** @returns for each publish call, how many milliseconds passed from the moment it was due. */
  openLoop(load: OpenLoop): Promise<Float64Array>;
  waitSettled(wanted: { readonly count: number; readonly withinMs: number }): Promise<number>;
  settled(): Promise<number>;
  cpuMs(): Promise<number>;
  memory(): Promise<NodeJS.MemoryUsage>;
  query<Row>(sql: string): Promise<readonly Row[]>;
  stop(): Promise<void>;
}

export async function startPosthorn({
  profileDir = null,
  ...options
}: ProcessOptions): Promise<PosthornProcess> {
  const profiling = profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`];
  const child = startChild("parts/posthorn-process.js", {
    execArgv: ["--expose-gc", "--max-semi-space-size=64", ...profiling],
  });
  const adminKey = options.adminKey ?? randomUUID();
  const encryptionKey = options.encryptionKey ?? randomBytes(32).toString("base64");
  const { url } = await child.ask<{ url: string }>("start", {
    ...options,
    adminKey,
    encryptionKey,
  });
  return {
    child,
    url,
    adminKey,
    encryptionKey,
    addEndpoints: (endpoints) => child.ask("addEndpoints", endpoints),
    patchEndpoints: (filter, fields) => child.ask("patchEndpoints", { filter, fields }),
    publishAll: (offered) => child.ask("publishAll", offered),
    openLoop: (load) => child.ask("openLoop", load),
    waitSettled: (wanted) => child.ask("waitSettled", wanted),
    settled: () => child.ask("settled"),
    cpuMs: () => child.ask("cpuMs"),
    memory: () => child.ask("memory"),
    query: (sql) => child.ask("query", sql),
    stop: () => child.stop(),
  };
}

/** Creates `count` orgs with one endpoint each. */
export function oneEndpointPerOrg(
  count: number,
  urlOf: (index: number) => string,
): readonly EndpointWanted[] {
  return Array.from({ length: count }, (_, index) => ({ orgId: randomUUID(), url: urlOf(index) }));
}
