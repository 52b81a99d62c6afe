/**
 * Loaded before a node's command, to make the machine's clock wrong by `?ms=…`. At each SIGUSR2 the
 * clock jumps by the next of `&steps=…` (milliseconds, separated by commas) for `&forMs=…`. The
 * monotonic clock continues normally, as it does when a clock is set.
 */
const { searchParams } = new URL(import.meta.url);
const steps = (searchParams.get("steps") ?? "").split(",").filter(Boolean).map(Number);
const forMs = Number(searchParams.get("forMs") ?? 0);
let offsetMs = Number(searchParams.get("ms"));
let next = 0;
const RealDate = Date;

class SteppedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(SteppedDate.now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = SteppedDate as DateConstructor;

if (steps.length > 0) {
  process.on("SIGUSR2", () => {
    const stepMs = steps[next % steps.length] ?? 0;
    next += 1;
    offsetMs += stepMs;
    setTimeout(() => (offsetMs -= stepMs), forMs).unref();
  });
}
