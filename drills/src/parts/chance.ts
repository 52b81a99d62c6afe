/**
 * Random choices from a seed. The same seed gives the same choices, but the timing still differs.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface Chance {
  /** A whole number from `least` to `greatest`, inclusive. */
  between(least: number, greatest: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
}

export function chanceOf(seed: number): Chance {
  const generator = xoroshiro128plus(seed);
  const between = (least: number, greatest: number): number =>
    uniformInt(generator, least, greatest);
  return {
    between,
    oneOf<Item>(items: readonly Item[]): Item {
      return items[between(0, items.length - 1)] as Item;
    },
  };
}
