/**
 * Computes when the next attempt is made, and parses the texts that influence it. Its functions are
 * pure.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";

/** The random part of a scheduled delay: by which fractions the delay may get shorter or longer. */
export interface Jitter {
  readonly below: number;
  readonly above: number;
}

export interface NextAttemptFacts {
  /** The delay before each attempt of a round, in milliseconds. The first one is 0. */
  readonly scheduleMs: readonly number[];
  readonly jitter: Jitter;
  /** How many attempts have been made in this round of the schedule. */
  readonly attemptsMade: number;
  /** A number in [0, 1) that selects the delay between its bounds. */
  readonly random: number;
  /** The delay that the receiver requested; null if it requested none. */
  readonly retryAfterMs: number | null;
}

/**
 * Returns the delay from the end of an attempt to the next one, in whole milliseconds; null if the
 * schedule is used up. A receiver's `Retry-After` (RFC 9110, section 10.2.3) makes the delay
 * longer, never shorter, and never longer than the schedule's longest step. So a receiver cannot
 * postpone its deliveries forever.
 */
export function nextAttemptDelayMs(facts: NextAttemptFacts): number | null {
  const { scheduleMs, jitter, attemptsMade, random, retryAfterMs } = facts;
  const scheduledMs = scheduleMs[attemptsMade];
  if (scheduledMs === undefined) return null;
  const factor = 1 - jitter.below + random * (jitter.below + jitter.above);
  const delayMs = Math.round(scheduledMs * factor);
  if (retryAfterMs === null) return delayMs;
  return Math.max(delayMs, Math.min(retryAfterMs, Math.max(...scheduleMs)));
}

/**
 * Parses a `Retry-After` into milliseconds from now. The value is a number of seconds (fractions
 * are accepted, although the RFC has none) or an HTTP date; a past date gives 0. The result is at
 * most `limits.retryDelayMsMax`.
 * @returns null for anything else, including negative seconds.
 */
export function parseRetryAfter(value: string, nowMs: number): number | null {
  const text = value.trim();
  const afterMs = /^\d+(\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1000)
    : msUntil(parseHttpDate(text, nowMs), nowMs);
  return afterMs === null ? null : Math.min(Math.max(afterMs, 0), limits.retryDelayMsMax);
}

function msUntil(timeMs: number | null, nowMs: number): number | null {
  return timeMs === null ? null : timeMs - nowMs;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * The three forms of a date in RFC 9110, section 5.6.7; recipients must accept all of them.
 * `Date.parse` is not used, because it accepts `-5` and `2 days` as dates, and reads the third form
 * as local time.
 */
const httpDateForms = [
  /^\w{3}, (?<day>\d{2}) (?<month>\w{3}) (?<year>\d{4}) (?<time>[\d:]{8}) GMT$/,
  /^\w{6,9}, (?<day>\d{2})-(?<month>\w{3})-(?<year>\d{2}) (?<time>[\d:]{8}) GMT$/,
  /^\w{3} (?<month>\w{3}) (?<day>[ \d]\d) (?<time>[\d:]{8}) (?<year>\d{4})$/,
];

function parseHttpDate(text: string, nowMs: number): number | null {
  for (const form of httpDateForms) {
    const groups = form.exec(text)?.groups;
    if (groups !== undefined) return dateMs(groups, nowMs);
  }
  return null;
}

function dateMs(
  groups: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): number | null {
  const monthIndex = months.indexOf((groups["month"] ?? "").toLowerCase());
  const clock = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)$/.exec(groups["time"] ?? "");
  if (monthIndex < 0 || clock === null) return null;
  const [, hours, minutes, seconds] = clock;
  const year = fullYear(groups["year"] ?? "", nowMs);
  const day = Number(groups["day"]);
  const daysInMonth = new Date(Date.UTC(year, monthIndex + 1, 0)).getUTCDate();
  if (day < 1 || day > daysInMonth) return null;
  return Date.UTC(year, monthIndex, day, Number(hours), Number(minutes), Number(seconds));
}

/** A year with two digits means the matching year between 49 years ago and 50 years ahead. */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses a duration such as `250ms`, `20s`, `5m`, `2h` or `1d` into milliseconds; null for anything
 * else.
 */
export function parseDuration(text: string): number | null {
  const [, digits, unit] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const durationMs = Number(digits) * (unitMs[unit] ?? Number.NaN);
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}

/**
 * Parses a retry schedule such as `0s,1s,2s` into milliseconds. The first step must be 0, because
 * the first attempt is made as soon as the event is published and another value would have no
 * effect.
 *
 * `0s,1m then every 8h until 3d` repeats a step as long as all delays together are not longer than
 * the time after `until`.
 *
 * @throws PosthornError `PH_SCHEDULE_INVALID`, which names the invalid part.
 */
export function parseSchedule(text: string): number[] {
  const invalid = (reason: string): PosthornError =>
    new PosthornError("PH_SCHEDULE_INVALID", { schedule: JSON.stringify(text), reason });
  const delayOf = (part: string): number => {
    const delayMs = parseDuration(part);
    if (delayMs === null) throw invalid(`${JSON.stringify(part)} is not a duration`);
    if (delayMs > limits.retryDelayMsMax) throw invalid(`${part} is longer than 30 days`);
    return delayMs;
  };
  const [, steps = text, every, until] = /^(.*) then every (.*) until (.*)$/.exec(text) ?? [];
  const delaysMs = steps.split(",").map((part) => delayOf(part.trim()));
  if (delaysMs[0] !== 0) throw invalid(`its first step must be 0s, not ${steps.split(",")[0]}`);
  if (every !== undefined && until !== undefined) {
    const everyMs = delayOf(every);
    if (everyMs === 0) throw invalid("the step after every must be longer than 0s");
    const leftMs = delayOf(until) - delaysMs.reduce((sum, delayMs) => sum + delayMs, 0);
    const count = Math.max(0, Math.floor(leftMs / everyMs));
    // More than the limit is refused below; a list of millions would take memory first.
    const repeats = Math.min(count, limits.retryScheduleStepsMax);
    delaysMs.push(...Array.from({ length: repeats }, () => everyMs));
  }
  if (delaysMs.length > limits.retryScheduleStepsMax) {
    throw invalid(`it has ${delaysMs.length} steps; ${limits.retryScheduleStepsMax} are allowed`);
  }
  return delaysMs;
}
