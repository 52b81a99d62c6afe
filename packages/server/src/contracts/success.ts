/** Success rules: which responses count as delivered, and which end the retries. */
import { limits } from "../limits.ts";
import type { ContractSuccess } from "./contract.ts";
import { nearestName } from "../model/similar-name.ts";
import {
  isInRange,
  parseStatusRange,
  rangesOverlap,
  statusLeast,
  statusMost,
  type StatusRange,
} from "../model/status-range.ts";

/** The part of an exchange that decides its outcome. */
export interface Response {
  /** Null if there was no response. */
  readonly responseStatus: number | null;
  readonly responseBody: string;
  readonly responseBodyCut: boolean;
}

/** What a response means for its delivery. */
export interface Verdict {
  readonly isSuccess: boolean;
  /** True if there are no further attempts. */
  readonly isFinal: boolean;
  /** Why the contract decided so, in a sentence; null if the status says it. */
  readonly reason: string | null;
}

/** Decides the outcome of every response. Nothing else compares a status with 2xx. */
export type Judge = (response: Response) => Verdict;

const delivered: Verdict = { isSuccess: true, isFinal: false, reason: null };
const refused: Verdict = { isSuccess: false, isFinal: false, reason: null };

/** Without rules of a contract, only 2xx is a success (Standard Webhooks 1.0.0). */
export const usualJudge: Judge = ({ responseStatus }) =>
  isUsualSuccess(responseStatus) ? delivered : refused;

function isUsualSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status <= 299;
}

type Refuse = (reason: string) => Error;

/** @param refuse makes the error to throw for rules that cannot be right. */
export function compileSuccess(success: ContractSuccess | undefined, refuse: Refuse): Judge {
  if (success === undefined) return usualJudge;
  const { statuses = ["200-299"], finalStatuses = [], body } = success;
  const accepted = statuses.map((each, at) => rangeOf(each, `/success/statuses/${at}`, refuse));
  const final = finalStatuses.map((each, at) => {
    const path = `/success/finalStatuses/${at}`;
    const range = rangeOf(each, path, refuse);
    if (!accepted.some((other) => rangesOverlap(range, other))) return range;
    throw refuse(`${path}: ${each} counts as delivered, so it cannot end the retries`);
  });
  const missing = body === undefined ? () => null : bodyRule(body, refuse);
  const allowed = statuses.join(", ");
  return (response) => {
    const { responseStatus: status } = response;
    if (status === null) return refused;
    if (accepted.some((range) => isInRange(status, range))) {
      const reason = missing(response);
      return reason === null ? delivered : { isSuccess: false, isFinal: false, reason };
    }
    if (final.some((range) => isInRange(status, range))) {
      const reason = `The contract does not retry after status ${status}.`;
      return { isSuccess: false, isFinal: true, reason };
    }
    if (!isUsualSuccess(status)) return refused;
    const reason = `The contract does not count status ${status} as delivered, only ${allowed}.`;
    return { isSuccess: false, isFinal: false, reason };
  };
}

function rangeOf(given: number | string, path: string, refuse: Refuse): StatusRange {
  const range = parseStatusRange(String(given));
  if (range !== null) return range;
  throw refuse(
    `${path}: ${given} is neither a status from ${statusLeast} to ${statusMost} nor a range of ` +
      `them; the nearest is ${nearestRange(given)}`,
  );
}

/** The numbers in a text, in order and within the allowed ones; or the usual spelling like it. */
function nearestRange(given: number | string): string {
  const numbers = String(given).match(/\d+/g)?.map(Number) ?? [];
  if (numbers.length === 0 || /x/i.test(String(given))) {
    return nearestName(["200-299", "300-399", "400-499", "500-599"], String(given));
  }
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)].map((each) =>
    Math.min(statusMost, Math.max(statusLeast, each)),
  );
  return least === most ? String(least) : `${least}-${most}`;
}

/** Returns why a body is not one that the contract accepts; null if it is. */
type BodyRule = (response: Response) => string | null;

function bodyRule(rule: NonNullable<ContractSuccess["body"]>, refuse: Refuse): BodyRule {
  const { contains, isEmpty, member, value } = rule;
  const kinds = [contains, isEmpty, member].filter((each) => each !== undefined);
  if (kinds.length !== 1 || (member === undefined) !== (value === undefined)) {
    throw refuse("/success/body needs exactly one of contains, isEmpty, or member with value");
  }
  const explain = (wanted: string, { responseBodyCut }: Response): string =>
    `The contract requires that the response's body ${wanted}, and it does not.` +
    (responseBodyCut ? ` Posthorn read its first ${limits.responseBodyKeptBytes} bytes.` : "");
  if (contains !== undefined) {
    return (response) =>
      response.responseBody.includes(contains)
        ? null
        : explain(`contains ${JSON.stringify(contains)}`, response);
  }
  if (isEmpty !== undefined) {
    return (response) => (response.responseBody === "" ? null : explain("is empty", response));
  }
  const path = (member ?? "").split(".");
  return (response) =>
    memberOf(response.responseBody, path) === value
      ? null
      : explain(`has ${JSON.stringify(value)} at ${path.join(".")}`, response);
}

function memberOf(body: string, path: readonly string[]): unknown {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) {
      return undefined;
    }
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}
