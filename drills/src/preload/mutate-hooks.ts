/** The loader hooks of `mutate.ts`; Node runs them in a separate thread. */
import type { LoadHook } from "node:module";

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

let change: Change | null = null;

export function initialize(data: Change): void {
  change = data;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (change === null || !url.endsWith(`/server/dist/${change.file}`)) return loaded;
  const text = Buffer.from(loaded.source as Uint8Array).toString();
  // Without this check, a mutation that changes nothing would look like a drill that detects
  // nothing.
  if (!text.includes(change.from))
    throw new Error(`${change.file} does not contain ${change.from}`);
  return { ...loaded, source: text.replace(change.from, change.to) };
};
