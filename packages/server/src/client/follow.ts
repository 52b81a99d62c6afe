/** Follows a stream of the API, and connects again when it ends or the service restarts. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../errors/api-error.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Api, Query } from "./api.ts";
import { readServerSentEvents, type ServerSentEvent } from "./event-stream.ts";

export interface FollowOptions {
  readonly api: Api;
  readonly path: string;
  readonly query: Query;
  readonly stopping: AbortSignal;
  /** @param isFirst true until the first connection has sent an event. */
  onEvent(event: ServerSentEvent, isFirst: boolean): void;
}

/**
 * Follows a stream, and resolves when it is stopped. The service ends each stream after half an
 * hour, so this reconnects.
 * @throws the error of the first connection; of a later one only if a retry cannot help.
 */
export async function followStream(options: FollowOptions): Promise<void> {
  const { api, path, query, stopping } = options;
  let isFirst = true;
  while (!stopping.aborted) {
    try {
      const response = await api.stream(path, query, stopping);
      for await (const event of readServerSentEvents(response, stopping)) {
        options.onEvent(event, isFirst);
        isFirst = false;
      }
    } catch (error) {
      if (stopping.aborted) return;
      if (isFirst || !isTransient(error)) throw error;
    }
    await sleep(limits.commandReconnectMs, null, { signal: stopping }).catch(() => undefined);
  }
}

/**
 * Returns true if the service may accept the same request later, because it is restarting or
 * overloaded.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429;
  if (error instanceof PosthornError) return error.code === "PH_API_UNREACHABLE";
  return true;
}
