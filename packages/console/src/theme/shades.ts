/** Ten shades of one colour, from almost white to almost black. */
import type { MantineColorsTuple } from "@mantine/core";

/** How much white (positive) or black (negative) is mixed into each shade. */
const mixes = [0.93, 0.82, 0.66, 0.48, 0.32, 0.16, 0.06, 0, -0.16, -0.32];

function channels(hex: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

export function generateColors(hex: string): MantineColorsTuple {
  const base = channels(hex);
  const shades = mixes.map((mix) => {
    const toward = mix > 0 ? 255 : 0;
    const share = Math.abs(mix);
    const mixed = base.map((channel) => Math.round(channel + (toward - channel) * share));
    return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
  });
  return shades as unknown as MantineColorsTuple;
}
