/** The receiver's process, as scenarios use it. */
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
  /** The URL has no slash at its end. */
  readonly url: string;
  reset(options?: { readonly keepsLatencies: boolean }): Promise<void>;
  stats(): Promise<ReceiverStats>;
  /** For each event, the time from the moment it was due to be published until its arrival. */
  latenciesMs(): Promise<Float64Array>;
  /**
   * Makes `/flip/` paths return 204 from now on.
   * @returns how many requests they rejected before.
   */
  recover(): Promise<number>;
  break(): Promise<void>;
  tenths(): Promise<readonly number[]>;
  /** Counts the accepted requests on `/flip/` paths since the start. */
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
