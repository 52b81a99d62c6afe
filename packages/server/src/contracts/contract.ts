/**
 * A contract: how a platform's webhooks look on the wire. It is data, one JSON document for each
 * in `packages/server/contracts/`, of the shape that `contract.schema.json` there describes; a
 * new platform is a new document, not new code.
 */
import type { SignatureScheme } from "@posthorn/consumer";
import type { Jitter } from "../model/retry-schedule.ts";

export interface Contract {
  /** What an endpoint's `contract` says. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly body: BodyTemplate;
  /** Names in lower case; values are templates over `HeaderPlaceholder`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signatures: readonly ContractSignature[];
  readonly retry: ContractRetry;
  /** Bound on a whole attempt. */
  readonly timeoutMs: number;
}

/**
 * JSON in which each string that is exactly a `BodyPlaceholder` is replaced. `posthorn.render_body`
 * in SQL makes the same of it.
 */
export type BodyTemplate =
  | string
  | number
  | boolean
  | null
  | { readonly [name: string]: BodyTemplate };

/**
 * `{event.timestamp}` is ISO 8601 in UTC, with milliseconds only where there are any;
 * `{event.timestamp_seconds}` is a number; `{event.data}` is the published text, byte for byte.
 */
export type BodyPlaceholder =
  | "{event.id}"
  | "{event.type}"
  | "{event.timestamp}"
  | "{event.timestamp_seconds}"
  | "{event.data}";

/** A header's placeholders may stand anywhere in its value. */
export type HeaderPlaceholder = "{event.id}" | "{attempt.timestamp_seconds}" | "{sender.version}";

export interface ContractSignature {
  /** In lower case. */
  readonly header: string;
  /** Its `{id}` is the event's, its `{timestamp}` the attempt's. */
  readonly scheme: SignatureScheme;
}

export interface ContractRetry {
  /** The delay before each attempt, in milliseconds; the first is 0. */
  readonly scheduleMs: readonly number[];
  readonly jitter: Jitter;
}
