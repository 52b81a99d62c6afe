/** An endpoint's own rules for when it is sent to: its pause, retries and timeout. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { parseSchedule } from "../model/retry-schedule.ts";
import { parseStatusRange } from "../model/status-range.ts";
import { checkCount } from "./endpoint-fields.ts";

interface TimingFields {
  readonly paused_until?: unknown;
  readonly retry_schedule?: unknown;
  readonly timeout_seconds?: unknown;
  readonly final_statuses?: unknown;
}

/**
 * The columns of `posthorn.endpoints` for the given fields. Null stands for the contract's rules,
 * or for no pause.
 * @throws PosthornError `PH_SCHEDULE_INVALID`, `PH_FIELD_INVALID`
 */
export function timingColumns(
  fields: TimingFields,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const columns: Record<string, unknown> = {};
  const { retry_schedule: schedule, timeout_seconds: seconds, final_statuses: statuses } = fields;
  if (fields.paused_until !== undefined) {
    columns["paused_until"] = checkPause(fields.paused_until, nowMs);
  }
  if (schedule !== undefined) columns["retry_schedule"] = checkSchedule(schedule);
  if (seconds !== undefined) {
    columns["timeout_seconds"] =
      seconds === null ? null : checkCount("timeout_seconds", seconds, limits.timeoutSecondsMax);
  }
  if (statuses !== undefined) columns["final_statuses"] = checkStatuses(statuses);
  return columns;
}

/**
 * Checks the end of an endpoint's pause. A time in the past ends it.
 * @param value ISO 8601 text; null for no pause.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
function checkPause(value: unknown, nowMs: number): string | null {
  if (value === null) return null;
  const untilMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  const { pauseDaysMax } = limits;
  if (!(untilMs <= nowMs + pauseDaysMax * 86_400_000)) {
    const allowed = `null, or a time at most ${pauseDaysMax} days from now`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "paused_until", allowed });
  }
  return untilMs <= nowMs ? null : new Date(untilMs).toISOString();
}

function checkSchedule(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value !== "string" || value.length > limits.retryScheduleCharsMax) {
    const allowed = `null, or text of at most ${limits.retryScheduleCharsMax} characters`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "retry_schedule", allowed });
  }
  parseSchedule(value);
  return value;
}

/** Statuses from 300 on, because those below count as delivered in most contracts. */
function checkStatuses(value: unknown): readonly string[] | null {
  if (value === null) return null;
  const { finalStatusesMax } = limits;
  const isList =
    Array.isArray(value) &&
    value.length <= finalStatusesMax &&
    value.every((each) => isFinal(each));
  if (!isList) {
    const allowed =
      `null, or a list of up to ${finalStatusesMax} statuses from 300 to 599, or ranges of them ` +
      "such as 400-499";
    throw new PosthornError("PH_FIELD_INVALID", { field: "final_statuses", allowed });
  }
  return value.length === 0 ? null : [...new Set(value as readonly string[])];
}

function isFinal(value: unknown): boolean {
  const range = typeof value === "string" ? parseStatusRange(value) : null;
  return range !== null && range[0] >= 300;
}
