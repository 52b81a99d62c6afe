import fc from "fast-check";
import { expect, test } from "vitest";
import { FairAllocator, type Holder } from "./fair-allocator.ts";

interface User extends Holder<User> {
  readonly number: number;
}

test("the one with the fewest is next, within it the first to wait", () => {
  const allocator = new FairAllocator<User>();
  for (const holder of ["a", "a", "b"]) allocator.take(holder);
  for (const [number, holder] of ["a", "b", "b", "c"].entries())
    allocator.wait({ holder, number, place: null });
  const order: string[] = [];
  for (let user = allocator.next(Infinity); user !== undefined; user = allocator.next(Infinity)) {
    order.push(`${user.holder}${user.number}`);
    allocator.take(user.holder);
  }
  // c has none, b one; then b and a have two each, and a has had them for longer.
  expect(order).toEqual(["c3", "b1", "a0", "b2"]);
  expect(allocator.waitingCount).toBe(0);
});

test("nobody is next who has as many as are left", () => {
  const allocator = new FairAllocator<User>();
  for (const holder of ["a", "a", "b"]) allocator.take(holder);
  for (const holder of ["a", "b"]) allocator.wait({ holder, number: 1, place: null });
  expect(allocator.next(1)).toBeUndefined();
  expect(allocator.next(2)?.holder).toBe("b");
  expect(allocator.next(2)).toBeUndefined();
  expect([allocator.heldBy("a"), allocator.heldBy("nobody"), allocator.waitingCount]).toEqual([
    2, 0, 1,
  ]);
  expect(allocator.next(3)?.holder).toBe("a");
});

test("equals take turns", () => {
  const allocator = new FairAllocator<User>();
  for (let number = 0; number < 9; number += 1) {
    allocator.wait({ holder: ["a", "b", "c"][number % 3] as string, number, place: null });
  }
  const order: string[] = [];
  for (let user = allocator.next(Infinity); user !== undefined; user = allocator.next(Infinity)) {
    allocator.take(user.holder);
    order.push(user.holder);
    allocator.giveBack(user.holder);
  }
  expect(order.join("")).toBe("abcabcabc");
});

test("whatever happens, nobody with more goes before somebody with fewer, and nobody is lost", () => {
  const holder = fc.constantFrom("a", "b", "c", "d");
  const step = fc.tuple(fc.constantFrom("take", "giveBack", "wait", "leave", "next"), holder);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const allocator = new FairAllocator<User>();
      const held = new Map<string, number>();
      const waiting: User[] = [];
      for (const [number, [what, name]] of steps.entries()) {
        const has = held.get(name) ?? 0;
        if (what === "take") {
          allocator.take(name);
          held.set(name, has + 1);
        } else if (what === "giveBack" && has > 0) {
          allocator.giveBack(name);
          held.set(name, has - 1);
        } else if (what === "wait") {
          const user: User = { holder: name, number, place: null };
          allocator.wait(user);
          waiting.push(user);
        } else if (what === "leave") {
          const index = waiting.findIndex((user) => user.holder === name);
          if (index !== -1) allocator.leave(waiting.splice(index, 1)[0] as User);
        } else if (what === "next") {
          const fewest = Math.min(...waiting.map((user) => held.get(user.holder) ?? 0));
          const user = allocator.next(Infinity);
          expect(user === undefined).toBe(waiting.length === 0);
          if (user !== undefined) {
            expect(held.get(user.holder) ?? 0).toBe(fewest);
            expect(waiting.find((each) => each.holder === user.holder)).toBe(user);
            waiting.splice(waiting.indexOf(user), 1);
          }
        }
        expect(allocator.waitingCount).toBe(waiting.length);
      }
    }),
  );
});

test("ten thousand holders on one origin cost no more for each turn than ten", () => {
  const turnUs = (holders: number): number => {
    const allocator = new FairAllocator<User>();
    for (let number = 0; number < holders; number += 1) {
      allocator.wait({ holder: String(number), number, place: null });
    }
    const startedAtMs = performance.now();
    const turns = 2_000;
    for (let turn = 0; turn < turns; turn += 1) {
      const user = allocator.next(Infinity) as User;
      allocator.take(user.holder);
      allocator.giveBack(user.holder);
      allocator.wait(user);
    }
    return ((performance.now() - startedAtMs) * 1000) / turns;
  };
  turnUs(10);
  // A scan of them would be 100 µs and more for each.
  expect(turnUs(10_000)).toBeLessThan(50);
});
