/**
 * Parsers of command-line arguments. If one throws, commander reports the error with the option's
 * name.
 */
import { InvalidArgumentError } from "commander";
import { limits } from "../limits.ts";
import { parseDuration } from "../model/retry-schedule.ts";

/** Returns a parser of whole numbers from `least` to `greatest`. */
export function wholeNumber(least: number, greatest: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < least || number > greatest) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${greatest}.`);
    }
    return number;
  };
}

/** Parses `--limit`, the number of rows in a list. */
export const rowLimit = wholeNumber(1, limits.pageRowsMax);

/** Parses names that are separated by commas. */
export function nameList(text: string): readonly string[] {
  const names = text.split(",").map((each) => each.trim());
  if (names.includes("")) throw new InvalidArgumentError("It must be names separated by commas.");
  return names;
}

/** Parses a time, or how long ago it was, e.g. `2h`. Returns the time in ISO 8601. */
export function timeOrAge(text: string): string {
  const ageMs = parseDuration(text);
  if (ageMs !== null) return new Date(Date.now() - ageMs).toISOString();
  return pointInTime(text);
}

/** Parses a time, or how long it is until then, e.g. `30d`. Returns the time in ISO 8601. */
export function timeOrDelay(text: string): string {
  const delayMs = parseDuration(text);
  if (delayMs !== null) return new Date(Date.now() + delayMs).toISOString();
  return pointInTime(text);
}

function pointInTime(text: string): string {
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new InvalidArgumentError(
      "Use a duration, e.g. 30m or 2h, or a time, e.g. 2026-11-30T09:00.",
    );
  }
  return new Date(timeMs).toISOString();
}
