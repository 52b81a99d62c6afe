import fc from "fast-check";
import { expect, test } from "vitest";
import { LinkedList, type ListNode } from "./linked-list.ts";

test("items are in the order in which they were appended", () => {
  const list = new LinkedList<string>();
  expect(list.first).toBeNull();
  for (const name of ["a", "b", "c"]) list.append(name);
  expect(list.first?.item).toBe("a");
  expect(list.all()).toEqual(["a", "b", "c"]);
  expect(list.size).toBe(3);
});

test.for([
  { who: 0, left: ["b", "c"] },
  { who: 1, left: ["a", "c"] },
  { who: 2, left: ["a", "b"] },
])("item $who can be removed; a second removal does nothing", ({ who, left }) => {
  const list = new LinkedList<string>();
  const node = ["a", "b", "c"].map((name) => list.append(name))[who] as ListNode<string>;
  expect(list.remove(node)).toBe(true);
  expect(list.remove(node)).toBe(false);
  expect(list.all()).toEqual(left);
  expect(list.size).toBe(2);
});

test("a node is not removed from a list that it is not in", () => {
  const [here, there] = [new LinkedList<string>(), new LinkedList<string>()];
  const node = there.append("a");
  here.append("b");
  expect(here.remove(node)).toBe(false);
  expect([...here.all(), ...there.all()]).toEqual(["b", "a"]);
});

test("a removed node refers to no other", () => {
  const list = new LinkedList<string>();
  const node = ["a", "b", "c"].map((name) => list.append(name))[1] as ListNode<string>;
  list.remove(node);
  expect(node).toEqual({ item: "b", list: null, before: null, after: null });
});

test("after any operations it holds what an array would", () => {
  const what = fc.constantFrom("append", "remove", "moveToEnd");
  const step = fc.record({ what, which: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const list = new LinkedList<number>();
      const nodes: ListNode<number>[] = [];
      for (const [number, { what: done, which }] of steps.entries()) {
        if (done === "append" || nodes.length === 0) nodes.push(list.append(number));
        else {
          const node = nodes.splice(which % nodes.length, 1)[0] as ListNode<number>;
          if (done === "remove") list.remove(node);
          else {
            list.moveToEnd(node);
            nodes.push(node);
          }
        }
        expect(list.all()).toEqual(nodes.map(({ item }) => item));
        expect(list.size).toBe(nodes.length);
      }
    }),
    { numRuns: 200 },
  );
});
