import fc from "fast-check";
import { expect, test } from "vitest";
import { Line, type Place } from "./linked-list.ts";

test("the first to come is the first", () => {
  const line = new Line<string>();
  expect(line.first).toBeNull();
  for (const name of ["a", "b", "c"]) line.join(name);
  expect(line.first?.item).toBe("a");
  expect(line.all()).toEqual(["a", "b", "c"]);
  expect(line.size).toBe(3);
});

test.for([
  { who: 0, left: ["b", "c"] },
  { who: 1, left: ["a", "c"] },
  { who: 2, left: ["a", "b"] },
])("number $who leaves, and may say so twice", ({ who, left }) => {
  const line = new Line<string>();
  const place = ["a", "b", "c"].map((name) => line.join(name))[who] as Place<string>;
  expect(line.leave(place)).toBe(true);
  expect(line.leave(place)).toBe(false);
  expect(line.all()).toEqual(left);
  expect(line.size).toBe(2);
});

test("nobody leaves a line in which they do not stand", () => {
  const [here, there] = [new Line<string>(), new Line<string>()];
  const place = there.join("a");
  here.join("b");
  expect(here.leave(place)).toBe(false);
  expect([...here.all(), ...there.all()]).toEqual(["b", "a"]);
});

test("who has left refers to none of the others", () => {
  const line = new Line<string>();
  const place = ["a", "b", "c"].map((name) => line.join(name))[1] as Place<string>;
  line.leave(place);
  expect(place).toEqual({ item: "b", line: null, before: null, after: null });
});

test("whatever happens, it is what an array would be", () => {
  const what = fc.constantFrom("join", "leave", "goToEnd");
  const step = fc.record({ what, which: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new Line<number>();
      const places: Place<number>[] = [];
      for (const [number, { what: done, which }] of steps.entries()) {
        if (done === "join" || places.length === 0) places.push(line.join(number));
        else {
          const place = places.splice(which % places.length, 1)[0] as Place<number>;
          if (done === "leave") line.leave(place);
          else {
            line.goToEnd(place);
            places.push(place);
          }
        }
        expect(line.all()).toEqual(places.map(({ item }) => item));
        expect(line.size).toBe(places.length);
      }
    }),
    { numRuns: 200 },
  );
});
