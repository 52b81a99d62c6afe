import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairAllocator, Share } from "./fair-allocator.ts";

function sharesOf<const Name extends string>(...names: readonly Name[]) {
  return Object.fromEntries(names.map((name) => [name, new Share<string>(name)])) as Record<
    Name,
    Share<string>
  >;
}

describe("a turn", () => {
  test("goes to the owner with the least; among equals, to the one that has waited longest", () => {
    const allocator = new FairAllocator<string>(100);
    const { a, b, c } = sharesOf("a", "b", "c");
    allocator.take(a, 2);
    allocator.take(b);
    for (const share of [a, b, c]) allocator.wait(share);
    const order: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const name = allocator.next() as "a" | "b" | "c";
      order.push(name);
      allocator.take({ a, b, c }[name]);
    }
    // c has the least, so c is first. Then b has had one for longer than c. When all have two, a
    // has had them for longest.
    expect(order.join("")).toBe("cbcabc");
  });

  test("rotates if each owner immediately returns what it took", () => {
    const allocator = new FairAllocator<string>(10);
    const shares = sharesOf("a", "b", "c");
    for (const share of Object.values(shares)) allocator.wait(share);
    const order: string[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const name = allocator.next() as keyof typeof shares;
      order.push(name);
      allocator.take(shares[name]);
      allocator.giveBack(shares[name]);
    }
    expect(order.join("")).toBe("abcabcabc");
  });

  test("passes to the next owner if nothing was taken", () => {
    const allocator = new FairAllocator<string>(10);
    const { a, b } = sharesOf("a", "b");
    allocator.wait(a);
    allocator.wait(b);
    allocator.moveToEnd(a);
    expect(allocator.next()).toBe("b");
  });

  test("costs no more with 10,000 waiting owners than with 10", () => {
    const turnUs = (count: number): number => {
      const allocator = new FairAllocator<number>(1_000_000);
      const shares = Array.from({ length: count }, (_, number) => new Share(number));
      for (const share of shares) allocator.wait(share);
      const turns = 2_000;
      const startedAtMs = performance.now();
      for (let turn = 0; turn < turns; turn += 1) {
        const share = shares[allocator.next() ?? 0] as Share<number>;
        allocator.take(share);
        allocator.giveBack(share);
      }
      return ((performance.now() - startedAtMs) * 1_000) / turns;
    };
    const shortestUs = (count: number): number =>
      Math.min(...Array.from({ length: 3 }, () => turnUs(count)));
    // A scan of all owners would take several hundred times as long.
    expect(shortestUs(10_000)).toBeLessThan(30 * shortestUs(10));
  });
});

/** The same rule, written for readability: this model scans all owners each time. */
class Model {
  readonly held = new Map<string, number>();
  /** The waiting owners, in the order in which each got its current amount or started to wait. */
  readonly waiting: string[] = [];

  heldBy(name: string): number {
    return this.held.get(name) ?? 0;
  }

  free(capacity: number): number {
    return capacity - [...this.held.values()].reduce((sum, each) => sum + each, 0);
  }

  mayTake(name: string, capacity: number, reserved: number): boolean {
    const free = this.free(capacity);
    return this.heldBy(name) < (this.heldBy(name) === 0 ? free : free - reserved);
  }

  hold(name: string, held: number): void {
    this.held.set(name, held);
    const index = this.waiting.indexOf(name);
    if (index !== -1) this.waiting.push(...this.waiting.splice(index, 1));
  }

  next(capacity: number, reserved: number): string | null {
    const fewest = Math.min(...this.waiting.map((name) => this.heldBy(name)));
    const first = this.waiting.find((name) => this.heldBy(name) === fewest);
    return first !== undefined && this.mayTake(first, capacity, reserved) ? first : null;
  }
}

test("equals the model, whatever happens", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const what = fc.constantFrom("take", "giveBack", "wait", "leave", "next", "resize");
  const step = fc.record({ what, name, amount: fc.integer({ min: 1, max: 5 }) });
  const bounds = fc.record({ capacity: fc.nat(20), reserved: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), bounds, (steps, { capacity, reserved }) => {
      const allocator = new FairAllocator<string>(capacity, reserved);
      const shares = sharesOf("a", "b", "c", "d");
      const model = new Model();
      for (const { what: action, name: who, amount } of steps) {
        const share = shares[who];
        if (action === "take") {
          allocator.take(share, amount);
          model.hold(who, model.heldBy(who) + amount);
        } else if (action === "giveBack" && model.heldBy(who) >= amount) {
          allocator.giveBack(share, amount);
          model.hold(who, model.heldBy(who) - amount);
        } else if (action === "wait") {
          allocator.wait(share);
          if (!model.waiting.includes(who)) model.waiting.push(who);
        } else if (action === "leave") {
          allocator.leave(share);
          if (model.waiting.includes(who)) model.waiting.splice(model.waiting.indexOf(who), 1);
        } else if (action === "resize") allocator.capacity = amount * 4;
        expect(allocator.next()).toBe(model.next(allocator.capacity, reserved));
        expect(allocator.free).toBe(model.free(allocator.capacity));
        for (const each of Object.values(shares)) {
          const mayTake = model.mayTake(each.owner, allocator.capacity, reserved);
          expect(allocator.mayTake(each)).toBe(mayTake);
        }
      }
    }),
  );
});

describe("a quiet tenant among noisy ones", () => {
  const capacity = 1_000;

  /**
   * Returns how much a quiet owner gets on arrival, and how much when everybody takes as much as
   * possible.
   */
  function quietBeside(noisyCount: number): { atOnce: number; inTheEnd: number } {
    const allocator = new FairAllocator<number>(capacity);
    const shares = Array.from({ length: noisyCount + 1 }, (_, number) => new Share(number));
    const [quiet, ...noisy] = shares as [Share<number>, ...Share<number>[]];
    const serve = (): void => {
      for (let next = allocator.next(); next !== null; next = allocator.next()) {
        allocator.take(shares[next] as Share<number>);
      }
    };
    // Each owner returns one in turn, and the next owner takes it.
    const churn = (among: readonly Share<number>[]): void => {
      for (let turn = 0; turn < 40 * capacity; turn += 1) {
        const share = among[turn % among.length] as Share<number>;
        if (share.held > 0) allocator.giveBack(share);
        serve();
      }
    };
    for (const share of noisy) {
      allocator.wait(share);
      serve();
    }
    churn(noisy);
    allocator.wait(quiet);
    serve();
    const atOnce = quiet.held;
    churn(shares);
    return { atOnce, inTheEnd: quiet.held };
  }

  test.each([1, 2, 5, 50])("of which there are %i, gets its share of docs/fairness.md", (count) => {
    const page = readFileSync(new URL("../../../../docs/fairness.md", import.meta.url), "utf8");
    const percent = (held: number): string => `${((held * 100) / capacity).toFixed(1)} %`;
    const { atOnce, inTheEnd } = quietBeside(count);
    expect(page).toContain(`| ${count} | ${percent(atOnce)} | ${percent(inTheEnd)} |`);
  });
});
