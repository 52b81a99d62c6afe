/** Reports of measurements: cells, targets, failures, charts. */
import { describe, expect, test } from "vitest";
import { barChart } from "../src/report/chart.ts";
import { formatTable, targetLine } from "../src/report/write.ts";
import { countFailures, judge, type Target } from "../src/scenario.ts";
import { rateCells, type Sample } from "../src/parts/meter.ts";
import { percentilesOf, spreadCell } from "../src/parts/statistics.ts";

const whole = { isShort: false, isPart: false };
const least = (measured: number): Target => ({ text: "b ≥ 0.65 × a", measured, least: 0.65 });
const most = (measured: number): Target => ({ text: "p99 ≤ 30 ms", measured, most: 30 });

test("a lost or duplicate delivery is reported, and fails the run", () => {
  expect(countFailures("b", { distinct: 10, duplicates: 0 }, 10)).toEqual([]);
  expect(countFailures("b", { distinct: 9, duplicates: 0 }, 10)).toEqual([
    "b: 9 of 10 deliveries arrived.",
  ]);
  const failures = countFailures("b", { distinct: 10, duplicates: 2 }, 10);
  expect(failures).toEqual(["b: 2 arrived twice."]);
  for (const isShort of [true, false]) {
    const options = { isShort, isPart: false };
    expect(judge({ targets: [], failures }, options).isWell).toBe(false);
  }
});

describe("a target", () => {
  test("is met at its limit, and missed beyond it", () => {
    for (const target of [least(0.65), most(30)]) {
      expect(judge({ targets: [target], failures: [] }, whole).isWell).toBe(true);
      expect(targetLine(target)).toMatch(/^met /);
    }
    for (const target of [least(0.6499), most(30.01), least(Number.NaN)]) {
      expect(judge({ targets: [least(1), target], failures: [] }, whole).isWell).toBe(false);
      expect(targetLine(target)).toMatch(/^MISSED {2}(b ≥|p99 ≤)/);
    }
  });

  test("is omitted if a competitor did not run, and always after a short run", () => {
    const targets = [least(Number.NaN), least(Infinity), least(0.1)];
    const part = judge({ targets, failures: [] }, { isShort: false, isPart: true });
    expect(part).toEqual({ targets: [least(0.1)], isWell: false });
    const short = judge({ targets, failures: [] }, { isShort: true, isPart: false });
    expect(short).toEqual({ targets: [], isWell: true });
  });
});

test("cells show medians with ranges, and the cost of each side", () => {
  expect(spreadCell([3, 1.25, 2])).toBe("2.0 (1.3–3.0)");
  const sample = (perSecond: number): Sample => ({
    perSecond,
    ownUs: 70,
    databaseUs: 40,
    receiverUs: 14,
    receiverBusy: 0.17,
  });
  expect(rateCells([sample(900), sample(1_234), sample(1_100)])).toEqual([
    "1,100 (900–1,234)",
    "70",
    "40",
    "14",
    "17 %",
  ]);
  expect(percentilesOf([4, 1, 3, 2])).toMatchObject({ count: 4, p50: 2.5, p90: 3.7, max: 4 });
});

test("a table is aligned in columns, a chart has a bar for each competitor", () => {
  const table = { head: ["who", "rate"], rows: [["Posthorn", "9"]] };
  expect(formatTable(table).split("\n")).toEqual(["who        rate", "Posthorn      9"]);
  const svg = barChart({
    title: "Rates",
    unit: "deliveries/s",
    bars: [
      { label: "Posthorn", value: 12_345.6 },
      { label: "another", value: 1.23 },
    ],
  });
  expect(svg).toMatch(/^<svg /);
  for (const text of ["Rates", "deliveries/s", "Posthorn", "another", "12346", "1.2"]) {
    expect(svg).toContain(text);
  }
});
