import fc from "fast-check";
import { expect, test } from "vitest";
import { Shares, type Sharer } from "./fair-allocator.ts";

interface User extends Sharer<User> {
  readonly number: number;
}

test("the one with the fewest is next, within it the first to wait", () => {
  const shares = new Shares<User>();
  for (const sharer of ["a", "a", "b"]) shares.take(sharer);
  for (const [number, sharer] of ["a", "b", "b", "c"].entries())
    shares.wait({ sharer, number, place: null });
  const order: string[] = [];
  for (let user = shares.next(Infinity); user !== undefined; user = shares.next(Infinity)) {
    order.push(`${user.sharer}${user.number}`);
    shares.take(user.sharer);
  }
  // c has none, b one; then b and a have two each, and a has had them for longer.
  expect(order).toEqual(["c3", "b1", "a0", "b2"]);
  expect(shares.waitingCount).toBe(0);
});

test("nobody is next who has as many as are left", () => {
  const shares = new Shares<User>();
  for (const sharer of ["a", "a", "b"]) shares.take(sharer);
  for (const sharer of ["a", "b"]) shares.wait({ sharer, number: 1, place: null });
  expect(shares.next(1)).toBeUndefined();
  expect(shares.next(2)?.sharer).toBe("b");
  expect(shares.next(2)).toBeUndefined();
  expect([shares.heldBy("a"), shares.heldBy("nobody"), shares.waitingCount]).toEqual([2, 0, 1]);
  expect(shares.next(3)?.sharer).toBe("a");
});

test("equals take turns", () => {
  const shares = new Shares<User>();
  for (let number = 0; number < 9; number += 1) {
    shares.wait({ sharer: ["a", "b", "c"][number % 3] as string, number, place: null });
  }
  const order: string[] = [];
  for (let user = shares.next(Infinity); user !== undefined; user = shares.next(Infinity)) {
    shares.take(user.sharer);
    order.push(user.sharer);
    shares.giveBack(user.sharer);
  }
  expect(order.join("")).toBe("abcabcabc");
});

test("whatever happens, nobody with more goes before somebody with fewer, and nobody is lost", () => {
  const sharer = fc.constantFrom("a", "b", "c", "d");
  const step = fc.tuple(fc.constantFrom("take", "giveBack", "wait", "leave", "next"), sharer);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const shares = new Shares<User>();
      const held = new Map<string, number>();
      const waiting: User[] = [];
      for (const [number, [what, name]] of steps.entries()) {
        const has = held.get(name) ?? 0;
        if (what === "take") {
          shares.take(name);
          held.set(name, has + 1);
        } else if (what === "giveBack" && has > 0) {
          shares.giveBack(name);
          held.set(name, has - 1);
        } else if (what === "wait") {
          const user: User = { sharer: name, number, place: null };
          shares.wait(user);
          waiting.push(user);
        } else if (what === "leave") {
          const index = waiting.findIndex((user) => user.sharer === name);
          if (index !== -1) shares.leave(waiting.splice(index, 1)[0] as User);
        } else if (what === "next") {
          const fewest = Math.min(...waiting.map((user) => held.get(user.sharer) ?? 0));
          const user = shares.next(Infinity);
          expect(user === undefined).toBe(waiting.length === 0);
          if (user !== undefined) {
            expect(held.get(user.sharer) ?? 0).toBe(fewest);
            expect(waiting.find((each) => each.sharer === user.sharer)).toBe(user);
            waiting.splice(waiting.indexOf(user), 1);
          }
        }
        expect(shares.waitingCount).toBe(waiting.length);
      }
    }),
  );
});

test("ten thousand sharers on one origin cost no more for each turn than ten", () => {
  const turnUs = (sharers: number): number => {
    const shares = new Shares<User>();
    for (let number = 0; number < sharers; number += 1) {
      shares.wait({ sharer: String(number), number, place: null });
    }
    const startedAtMs = performance.now();
    const turns = 2_000;
    for (let turn = 0; turn < turns; turn += 1) {
      const user = shares.next(Infinity) as User;
      shares.take(user.sharer);
      shares.giveBack(user.sharer);
      shares.wait(user);
    }
    return ((performance.now() - startedAtMs) * 1000) / turns;
  };
  turnUs(10);
  // A scan of them would be 100 µs and more for each.
  expect(turnUs(10_000)).toBeLessThan(50);
});
