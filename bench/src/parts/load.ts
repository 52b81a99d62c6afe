/** The process of the HTTP client, as scenarios use it. */
import { startChild } from "./child.ts";

export interface HttpLoad {
  readonly url: string;
  readonly key: string;
  readonly orgIds: readonly string[];
  readonly count: number;
  readonly eventsPerRequest: number;
  readonly connections: number;
}

export interface LoadClient {
  /** @returns how many milliseconds passed until the last response. */
  publish(load: HttpLoad): Promise<number>;
  stop(): Promise<void>;
}

export function startLoadClient(): LoadClient {
  const child = startChild("parts/load-process.js");
  return { publish: (load) => child.ask("publish", load), stop: () => child.stop() };
}
