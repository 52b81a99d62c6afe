/** The process of an HTTP client with a fixed rate, as scenarios use it. */
import { startChild } from "./child.ts";

export interface HttpOpenLoop {
  readonly url: string;
  readonly key: string;
  /** The same number of orgs as there are endpoints. */
  readonly orgIds: readonly string[];
  readonly eventsPerSecond: number;
  readonly durationMs: number;
}

export interface OpenLoopClient {
  /** Sends requests to another server, until V8 has compiled what this process needs. */
  warmUp(url: string): Promise<void>;
  /** @returns for each request, how many milliseconds passed from the moment it was due. */
  publish(load: HttpOpenLoop): Promise<Float64Array>;
  stop(): Promise<void>;
}

export function startOpenLoopClient(): OpenLoopClient {
  const child = startChild("parts/open-loop-process.js", {
    execArgv: ["--max-semi-space-size=64"],
  });
  return {
    warmUp: (url) => child.ask("warmUp", url),
    publish: (load) => child.ask("publish", load),
    stop: () => child.stop(),
  };
}
