/** A transformation: a customer's function that shapes what an endpoint gets. */
import { customHeaderProblem } from "./custom-headers.ts";
import type { PublishedEvent } from "./event.ts";

/** What a transformation gets. The same input always has the same outcome. */
export interface TransformationInput {
  /** The org whose turn the run uses. */
  readonly orgId: string;
  /** The source of a function `(event, context) => ({ data, headers, cancel })`. */
  readonly source: string;
  readonly event: PublishedEvent;
  readonly context: TransformationContext;
}

/** The function's second argument. */
export interface TransformationContext {
  /** The platform's id of the org. */
  readonly org_id: string;
  readonly endpoint_id: string | null;
  readonly url: string | null;
}

/**
 * - `shaped`: the function returned. `dataJson` is null if it left the data as it was.
 * - `cancelled`: the function returned `cancel: true`, so nothing is sent.
 * - `failed`: the function threw, exceeded a limit, or returned something unusable.
 * - `postponed`: the sandbox lacked time, so the function must run again later.
 */
export type Transformed =
  | {
      readonly kind: "shaped";
      readonly dataJson: string | null;
      readonly headers: Readonly<Record<string, string>>;
    }
  | { readonly kind: "cancelled" }
  | {
      readonly kind: "failed";
      readonly message: string;
      /** The line of the source, starting with 1; null if it is not known. */
      readonly line: number | null;
    }
  | { readonly kind: "postponed"; readonly message: string };

/** The function's first argument, as JSON. `data` is inserted as it was published. */
export function transformationEvent(event: PublishedEvent): string {
  const { id, externalId, type, timestampMs, dataJson } = event;
  const shown = JSON.stringify({
    id: externalId ?? id,
    type,
    timestamp: new Date(timestampMs).toISOString(),
  });
  return `${shown.slice(0, -1)},"data":${dataJson}}`;
}

/**
 * Reads what the function returned.
 * @param text the sandbox's JSON: the data as JSON text or null, the headers, and `cancel`.
 * @param dataBytesMax the maximum size of the data in UTF-8.
 */
export function transformedOf(text: string, dataBytesMax: number): Transformed {
  const [dataJson, headers, cancel] = JSON.parse(text) as [string | null, unknown, unknown];
  if (typeof cancel !== "boolean") return failed("cancel must be true or false");
  if (cancel) return { kind: "cancelled" };
  if (dataJson !== null && Buffer.byteLength(dataJson) > dataBytesMax) {
    return failed(`its data has more than ${dataBytesMax} bytes`);
  }
  const problem = headersProblem(headers ?? {});
  if (problem !== null) return failed(problem);
  return { kind: "shaped", dataJson, headers: (headers ?? {}) as Record<string, string> };
}

function headersProblem(headers: unknown): string | null {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    return "headers must be an object of names and text values";
  }
  for (const [name, value] of Object.entries(headers)) {
    const problem = customHeaderProblem(name.toLowerCase(), value);
    if (problem !== null) return `its header ${JSON.stringify(name)} cannot be sent: ${problem}`;
  }
  return null;
}

function failed(message: string): Transformed {
  return { kind: "failed", message: `Its result cannot be used: ${message}.`, line: null };
}
