/**
 * A contract defines how a platform's webhooks look on the wire. It is data: one JSON document in
 * `packages/server/contracts/`, which `contract.schema.json` describes. A new platform needs a new
 * document, not new code.
 */
import type { SignatureScheme } from "@posthorn/consumer";
import type { Jitter } from "../model/retry-schedule.ts";

export interface Contract {
  /** The name that an endpoint's field `contract` contains. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly body: BodyTemplate;
  /** Names in lower case; values are templates over `HeaderPlaceholder`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signatures: readonly ContractSignature[];
  readonly retry: ContractRetry;
  /** The timeout of a whole attempt. */
  readonly timeoutMs: number;
}

/**
 * JSON in which each string that is exactly a `BodyPlaceholder` is replaced. `posthorn.render_body`
 * renders the same in SQL.
 */
export type BodyTemplate =
  | string
  | number
  | boolean
  | null
  | { readonly [name: string]: BodyTemplate };

/**
 * `{event.timestamp}` is ISO 8601 in UTC, with milliseconds only if they are not 0.
 * `{event.timestamp_seconds}` is a number; `{event.data}` is the published text, byte for byte.
 */
export type BodyPlaceholder =
  | "{event.id}"
  | "{event.type}"
  | "{event.timestamp}"
  | "{event.timestamp_seconds}"
  | "{event.data}";

/** Placeholders may appear anywhere in a header's value. */
export type HeaderPlaceholder = "{event.id}" | "{attempt.timestamp_seconds}" | "{sender.version}";

export interface ContractSignature {
  /** The name of the header, in lower case. */
  readonly header: string;
  /** In this scheme, `{id}` is the event's id, and `{timestamp}` is the attempt's time. */
  readonly scheme: SignatureScheme;
}

export interface ContractRetry {
  /** The delay before each attempt, in milliseconds. The first one is 0. */
  readonly scheduleMs: readonly number[];
  readonly jitter: Jitter;
}
