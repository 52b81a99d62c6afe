/** The loader hooks of `mutate.ts`; Node runs them in a separate thread. */
import type { LoadHook } from "node:module";

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

let change: Change | null = null;

/** The command from its modules. Usually it is a single file, which has none of them. */
const fromModules = `
import { main } from "../dist/main.js";
await main(process.argv);
`;

export function initialize(data: Change): void {
  change = data;
}

export const load: LoadHook = async (url, context, nextLoad) => {
  if (url.endsWith("/bin/posthorn.js")) {
    return { format: "module", source: fromModules, shortCircuit: true };
  }
  const loaded = await nextLoad(url, context);
  if (change === null || !url.endsWith(`/dist/${change.file}`)) return loaded;
  const text = Buffer.from(loaded.source as Uint8Array).toString();
  // Without this check, a mutation that changes nothing would look like a drill that detects
  // nothing.
  if (!text.includes(change.from))
    throw new Error(`${change.file} does not contain ${change.from}`);
  return { ...loaded, source: text.replace(change.from, change.to) };
};
