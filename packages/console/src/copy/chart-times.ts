/** The time axis of charts: which points share a bar, where the labels are, and what they say. */

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

/** Pure: adds up neighbouring points until there are few enough bars to tell apart. */
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

/** Pure, except for the viewer's zone: a label at every quarter of an hour, hour, or midnight. */
export function ticksOf(times: readonly string[]): readonly string[] {
  const span = spanMs(times);
  const stepMs = [hourMs / 4, hourMs, 4 * hourMs].find((step) => span / step <= 8) ?? dayMs;
  return times.filter((at, index) => {
    const before = times[index - 1];
    return before !== undefined && stepOf(at, stepMs) !== stepOf(before, stepMs);
  });
}

/** The number of the local step that contains this time. */
function stepOf(at: string, stepMs: number): number {
  const time = new Date(at);
  return Math.floor((time.getTime() - time.getTimezoneOffset() * 60_000) / stepMs);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });

/** The time of day; at midnight, and on axes of several days, the date. */
export function tickText(at: string, times: readonly string[]): string {
  const time = new Date(at);
  const isMidnight = time.getHours() === 0 && time.getMinutes() === 0;
  return isMidnight || spanMs(times) > 2 * dayMs ? date.format(time) : clock.format(time);
}
