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
  readonly delivered: number;
  readonly failed: number;
}

const barsMax = 72;

/** Adds up neighbouring points until there are few enough bars to tell apart. A pure function. */
export function barsOf(points: readonly Point[]): readonly Bar[] {
  const perBar = [1, 5, 10, 30].find((count) => points.length / count <= barsMax) ?? 60;
  const bars: Bar[] = [];
  for (let first = 0; first < points.length; first += perBar) {
    const members = points.slice(first, first + perBar);
    bars.push({
      at: members[0]?.at ?? "",
      delivered: members.reduce((sum, each) => sum + each.delivered, 0),
      failed: members.reduce((sum, each) => sum + each.failed_attempts, 0),
    });
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
