/** A mutation that two drills share: publishes are acknowledged before they are stored. */
import type { Mutation } from "./mutations.ts";

export const answeredTooEarly: Mutation = {
  what: "waiting for the commit before a publish is answered",
  file: "pipeline/publish/commits.js",
  from: "(isApart ? this.#apart : this.#together).add({ events, cost, resolve, reject });",
  to: `this.#together.add({ events, cost, resolve: () => undefined, reject: () => undefined });
            resolve(events.map(() => ({ kind: "stored", deliveries: [], fanOut: "done" })));`,
};
