/** The receiver process, as scenarios use it. */
import { startChild } from "./child.ts";

export interface ReceiverStats {
  readonly arrivals: number;
  readonly distinct: number;
  readonly duplicates: number;
  readonly firstAtUs: number;
  readonly cpuMs: number;
}

export interface Receiver {
  readonly pid: number;
  /** Without a trailing slash. */
  readonly url: string;
  reset(options?: { readonly keepsLatencies: boolean }): Promise<void>;
  stats(): Promise<ReceiverStats>;
  /** From the time at which each event was due to be published, to its arrival. */
  latenciesMs(): Promise<Float64Array>;
  /** Makes `/flip/` paths return 204. @returns how many requests were rejected before. */
  recover(): Promise<number>;
  break(): Promise<void>;
  tenths(): Promise<readonly number[]>;
  /** The accepted requests on `/flip/` paths since the start. */
  flips(): Promise<Pick<ReceiverStats, "distinct" | "duplicates">>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const child = startChild("parts/receiver-process.js");
  const port = await child.ask<number>("listen");
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    reset: (options = { keepsLatencies: false }) => child.ask("reset", options),
    stats: () => child.ask("stats"),
    latenciesMs: async () => (await child.ask<Float64Array>("latencies")).map((us) => us / 1000),
    recover: () => child.ask("recover"),
    break: () => child.ask("break"),
    tenths: () => child.ask("tenths"),
    flips: () => child.ask("flips"),
    stop: () => child.stop(),
  };
}
