/** A sandbox that is slow, busy or gone, and functions that shape, cancel and fail. */
import type { TransformationInput, Transformed } from "../model/transformation.ts";
import type { Clock, Random, Transformer } from "../pipeline/ports.ts";
import type { Ledger } from "./ledger.ts";

export interface TransformerWorld {
  readonly clock: Pick<Clock, "after">;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly faults: { readonly isOn: boolean };
}

/** The source of every transformation in the simulation. */
export const simulatedSource = "simulated";

/** What every transformation makes of an event's data. */
export const simulatedDataJson = '{"shaped":true}';

/** Whether the transformations cancel the deliveries of this event: true for one of 16. */
export const isCancelledByTransformation = (eventId: string): boolean => eventId.endsWith("7");

const slowestMs = 4_000;

export class SimulatedTransformer implements Transformer {
  readonly #world: TransformerWorld;

  constructor(world: TransformerWorld) {
    this.#world = world;
  }

  transform({ event }: TransformationInput): Promise<Transformed> {
    const { clock, random, ledger, faults } = this.#world;
    const chance = faults.isOn ? random.fraction() : 1;
    return new Promise((resolve) => {
      clock.after(chance * slowestMs, () => {
        if (chance < 0.15) {
          ledger.saw("attempt postponed by the sandbox");
          resolve({ kind: "postponed", message: "The sandbox is busy." });
        } else if (isCancelledByTransformation(event.id)) {
          ledger.saw("delivery cancelled by its transformation");
          resolve({ kind: "cancelled" });
        } else if (chance < 0.3) {
          resolve({ kind: "failed", message: "it threw", line: 1 });
        } else resolve({ kind: "shaped", dataJson: simulatedDataJson, headers: {} });
      });
    });
  }
}
