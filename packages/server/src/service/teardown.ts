/** Stops what a service has started. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { isOutage } from "../observe/outage.ts";

/** The steps that undo what was started. They run in reverse order. */
export class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  /**
   * Runs every step, also after one has failed.
   *
   * @throws PosthornError `PH_STOPPED_WITHOUT_DATABASE` if steps failed only because of the
   * database; AggregateError with all failures otherwise.
   */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0 && failures.every((each) => isOutage(each))) {
      throw new PosthornError("PH_STOPPED_WITHOUT_DATABASE", {
        seconds: limits.leaseMs / 1000,
      });
    }
    if (failures.length > 0)
      throw new AggregateError(failures, "The service did not stop cleanly.");
  }
}
