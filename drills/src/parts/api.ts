/** Posthorn's API, as the drills call it. */
import { adminKey } from "./node.ts";

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const requestMs = 30_000;

/** @throws Error if there is no response: the connection is refused or cut off, or 30 s pass. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const response = await fetch(`${url}/rest/v1/${path}`, {
    method,
    headers: {
      apikey: adminKey,
      "content-type": "application/json",
      prefer: "return=representation",
      ...headers,
    },
    signal: AbortSignal.timeout(requestMs),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/**
 * Sends a request, and returns the first row of the response.
 * @throws Error if the status is not 2xx.
 */
export async function rowOf(
  ...parameters: Parameters<typeof call>
): Promise<Readonly<Record<string, unknown>>> {
  const { status, text } = await call(...parameters);
  if (status >= 300) throw new Error(`${parameters[1]} ${parameters[2]}: ${status} ${text}`);
  const parsed = JSON.parse(text) as unknown;
  return (Array.isArray(parsed) ? parsed[0] : parsed) as Readonly<Record<string, unknown>>;
}
