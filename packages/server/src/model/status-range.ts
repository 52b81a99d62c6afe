/** HTTP statuses, and ranges of them such as `400-499`. */

export type StatusRange = readonly [least: number, most: number];

export const statusLeast = 200;
export const statusMost = 599;

/** Parses `410` or `400-499`, within 200 to 599; null for anything else. */
export function parseStatusRange(text: string): StatusRange | null {
  const [, first, last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(text) ?? [];
  const range: StatusRange = [Number(first), Number(last)];
  const isAllowed = range.every((each) => each >= statusLeast && each <= statusMost);
  return isAllowed && range[0] <= range[1] ? range : null;
}

export function isInRange(status: number, [least, most]: StatusRange): boolean {
  return status >= least && status <= most;
}

export function rangesOverlap([least, most]: StatusRange, other: StatusRange): boolean {
  return least <= other[1] && other[0] <= most;
}
