import { expect, test } from "vitest";
import { SocketTurns, type SocketUser } from "./socket-turns.ts";

interface User extends SocketUser<User> {
  readonly number: number;
}

const userOf = (holder: string, number: number): User => ({ holder, number, place: null });

test("the endpoint with the fewest sockets is next, and within it the first to wait", () => {
  const turns = new SocketTurns<User>(100);
  for (const holder of ["a", "a", "b"]) turns.take(holder);
  for (const [number, holder] of ["a", "b", "b", "c"].entries()) turns.wait(userOf(holder, number));
  const order: string[] = [];
  for (let user = turns.next(); user !== undefined; user = turns.next()) {
    order.push(`${user.holder}${user.number}`);
    turns.take(user.holder);
  }
  // c has no socket and b has one, so they are first. Then b and a have two each, and a has had
  // them for longer.
  expect(order).toEqual(["c3", "b1", "a0", "b2"]);
  expect([turns.waitingCount, turns.busyCount]).toEqual([0, 7]);
});

test("no endpoint takes more than are free", () => {
  const turns = new SocketTurns<User>(5);
  for (const holder of ["a", "a", "b"]) turns.take(holder);
  expect([turns.mayTake("a"), turns.mayTake("b"), turns.mayTake("new")]).toEqual([
    false,
    true,
    true,
  ]);
  const [a, b] = [userOf("a", 1), userOf("b", 1)];
  turns.wait(a);
  turns.wait(b);
  expect(turns.next()).toBe(b);
  turns.take("b");
  expect(turns.next()).toBeUndefined();
  turns.giveBack("b");
  turns.giveBack("b");
  expect(turns.next()).toBe(a);
});

test("one that leaves gets none, and leaving or releasing twice does nothing", () => {
  const turns = new SocketTurns<User>(5);
  const [first, second] = [userOf("a", 1), userOf("a", 2)];
  turns.wait(first);
  turns.wait(second);
  turns.leave(first);
  turns.leave(first);
  expect(turns.waitingCount).toBe(1);
  expect(turns.next()).toBe(second);
  turns.take("a");
  turns.giveBack("a");
  turns.giveBack("a");
  expect([turns.waitingCount, turns.busyCount]).toEqual([0, 0]);
});
