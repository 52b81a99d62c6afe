/** Loaded before a node's command: its clock is off by `?ms=…`. */
const offsetMs = Number(new URL(import.meta.url).searchParams.get("ms"));
const RealDate = Date;

class SkewedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(SkewedDate.now());
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = SkewedDate as DateConstructor;
