/** The time axis of a chart: which points share a bar, and where the labels are. */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface Point {
  readonly at: string;
  readonly delivered: number;
  readonly failed_attempts: number;
}

export interface Bar {
  readonly at: string;
  /** The end of its time, to which the label of a bar refers. */
  readonly until: string;
  readonly delivered: number;
  readonly failed: number;
}

const barsMax = 72;

const minuteMs = 60_000;
const stepsMs = [1, 5, 10, 30].map((count) => count * minuteMs);
const longStepsMs = [1, 3, 6, 12, 24].map((count) => count * hourMs);

/**
 * Adds up neighbouring points until there are few enough bars to tell apart. Bars start at whole
 * steps of local time, so that a day's label is at its first bar. The first and the last bar may be
 * shorter. Depends only on its argument and the viewer's time zone.
 */
export function barsOf(points: readonly Point[]): readonly Bar[] {
  const [first, second] = points;
  if (first === undefined) return [];
  const pointMs = second === undefined ? minuteMs : Date.parse(second.at) - Date.parse(first.at);
  const stepMs =
    [...stepsMs, ...longStepsMs].find(
      (step) => step >= pointMs && (points.length * pointMs) / step <= barsMax,
    ) ?? dayMs;
  const bars: { at: string; until: string; delivered: number; failed: number }[] = [];
  for (const { at, delivered, failed_attempts: failed } of points) {
    const until = new Date(Date.parse(at) + pointMs).toISOString();
    const bar = bars.at(-1);
    if (bar === undefined || stepOf(bar.at, stepMs) !== stepOf(at, stepMs)) {
      bars.push({ at, until, delivered, failed });
    } else {
      bar.until = until;
      bar.delivered += delivered;
      bar.failed += failed;
    }
  }
  return bars;
}

function spanMs(times: readonly string[]): number {
  return Date.parse(times.at(-1) ?? "") - Date.parse(times[0] ?? "");
}

/**
 * The times that get a label: each quarter of an hour, each hour, or each midnight. Depends only on
 * its argument and the viewer's time zone.
 */
export function ticksOf(times: readonly string[]): readonly string[] {
  const span = spanMs(times);
  const stepMs = [hourMs / 4, hourMs, 4 * hourMs].find((step) => span / step <= 8) ?? dayMs;
  return times.filter((at, index) => {
    const before = times[index - 1];
    return before !== undefined && stepOf(at, stepMs) !== stepOf(before, stepMs);
  });
}

/** The number of the step, counted in local time, that contains this time. */
function stepOf(at: string, stepMs: number): number {
  const time = new Date(at);
  return Math.floor((time.getTime() - time.getTimezoneOffset() * 60_000) / stepMs);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** The text of a label: the time of day, or the date at midnight and on axes of several days. */
export function tickText(at: string, times: readonly string[]): string {
  const time = new Date(at);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0;
  return isMidnight || spanMs(times) > 2 * dayMs ? date.format(time) : clock.format(time);
}
