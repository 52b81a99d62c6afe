/**
 * A terminal's answer to a delivery, in the forms in which its node, another node and the ledger
 * need it.
 */
import { limits } from "../limits.ts";
import { noTimings, type Exchange, type ExchangeErrorClass } from "../pipeline/ports.ts";

/** Why a terminal's receiver did not respond. A terminal may not report other classes of errors. */
export const terminalErrorClasses = [
  "dns",
  "connect",
  "tls",
  "timeout",
  "closed",
  "protocol",
] as const satisfies readonly ExchangeErrorClass[];

/**
 * What the terminal's receiver responded, or why it did not. PostgreSQL can store all texts in it.
 */
export type TerminalAnswer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      /** The body, at most `limits.responseBodyKeptBytes` of it. */
      readonly body: string;
      readonly isBodyCut: boolean;
    }
  | {
      readonly error: {
        readonly class: (typeof terminalErrorClasses)[number];
        readonly message: string;
      };
    };

export interface ExchangeFacts {
  readonly durationMs: number;
  /** The address from which the terminal is connected. */
  readonly remoteAddress: string | null;
}

/** The outcome of an attempt that the terminal answered. */
export function answered(answer: TerminalAnswer, facts: ExchangeFacts): Exchange {
  if ("error" in answer) return failed(answer.error, facts);
  return {
    responseStatus: answer.status,
    responseHeaders: answer.headers,
    responseBody: answer.body,
    responseBodyCut: answer.isBodyCut,
    error: null,
    isResent: false,
    timings: noTimings,
    ...facts,
  };
}

export function failed(error: NonNullable<Exchange["error"]>, facts: ExchangeFacts): Exchange {
  return {
    responseStatus: null,
    responseHeaders: {},
    responseBody: "",
    responseBodyCut: false,
    error,
    isResent: false,
    timings: noTimings,
    ...facts,
  };
}

/** Nothing was sent, so another node can make the attempt, or this node can make it later. */
export const notConnected = {
  class: "unsent",
  message: "No terminal is connected to this node for the endpoint.",
} as const;

export const disconnected = {
  class: "no_terminal",
  message: "The terminal disconnected before it answered.",
} as const;

export const stopped = {
  class: "shutdown",
  message: "Posthorn was stopped before the terminal answered.",
} as const;

export function unanswered(timeoutMs: number): NonNullable<Exchange["error"]> {
  return {
    class: "timeout",
    message: `The terminal did not answer within ${timeoutMs / 1_000} s.`,
  };
}

/**
 * Replaces what PostgreSQL cannot store, and truncates.
 *
 * @returns the text, and whether it was truncated.
 */
export function storable(
  text: string,
  bytesMax: number = limits.responseBodyKeptBytes,
): { readonly text: string; readonly isCut: boolean } {
  const clean = text.toWellFormed().replaceAll("\0", "\uFFFD");
  const bytes = Buffer.from(clean);
  if (bytes.length <= bytesMax) return { text: clean, isCut: false };
  let end = bytesMax;
  // In UTF-8, every byte of a character except the first starts with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return { text: bytes.toString("utf8", 0, end), isCut: true };
}
