/** Shows times in the viewer's time zone, and in UTC on hover. */
import { Tooltip } from "@mantine/core";

const short = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const withYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const yearMs = 300 * 86_400_000;

export function localTime(text: string): string {
  const at = new Date(text);
  const isRecent = Math.abs(Date.now() - at.getTime()) < yearMs;
  return (isRecent ? short : withYear).format(at);
}

const hourAndMinute = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** The local time without seconds, e.g. "30 Nov, 10:00". */
export function shortTime(text: string): string {
  return hourAndMinute.format(new Date(text));
}

export function Time({ at }: { readonly at: string | null | undefined }) {
  if (at === null || at === undefined) return <>–</>;
  const utc = new Date(at).toISOString();
  return (
    <Tooltip label={`${utc.replace("T", " ").replace("Z", "")} UTC`} withinPortal>
      <time dateTime={utc}>{localTime(at)}</time>
    </Tooltip>
  );
}

/**
 * A time in a long list. It uses the browser's own tooltip, which costs nothing until it is shown.
 */
export function PlainTime({ at }: { readonly at: string }) {
  const utc = new Date(at).toISOString();
  return (
    <time dateTime={utc} title={`${utc.replace("T", " ").replace("Z", "")} UTC`}>
      {localTime(at)}
    </time>
  );
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const steps = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** The time relative to now, e.g. "in 5 minutes", "2 hours ago". */
export function fromNow(text: string, nowMs: number = Date.now()): string {
  const differenceMs = new Date(text).getTime() - nowMs;
  for (const [unit, unitMs] of steps) {
    if (Math.abs(differenceMs) >= unitMs || unit === "second") {
      return relative.format(Math.round(differenceMs / unitMs), unit);
    }
  }
  return "now";
}

/** A duration with its unit, e.g. "0.4 ms", "23 ms", "1.2 s". */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 || Number.isInteger(ms) ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
