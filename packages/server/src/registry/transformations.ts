/** Checks the source of a transformation before it is stored. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { unstorableBytes } from "../model/text.ts";
import type { Transformed } from "../model/transformation.ts";

export interface TransformationChecker {
  /**
   * What is wrong with a source; null if it is a function. Never rejects.
   * @param turnOf whose turn the check uses.
   */
  check(
    turnOf: string,
    source: string,
  ): Promise<Exclude<Transformed, { kind: "shaped" | "cancelled" }> | null>;
}

/**
 * Returns the value to store. Checks it once more if it was checked in advance, which costs nothing
 * for a moment.
 * @throws PosthornError `PH_FIELD_INVALID`, `PH_TRANSFORMATION_INVALID`, `PH_SANDBOX_BUSY`
 */
export async function checkTransformation(
  { transformations }: { readonly transformations: TransformationChecker },
  turnOf: string,
  value: unknown,
): Promise<string | null> {
  if (value === null || value === undefined) return null;
  const { transformationCharsMax } = limits;
  const isText = typeof value === "string" && unstorableBytes(value) === null;
  if (!isText || value.length > transformationCharsMax) {
    const allowed = `null, or text of at most ${transformationCharsMax} characters`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "transformation", allowed });
  }
  const problem = await transformations.check(turnOf, value);
  if (problem === null) return value;
  if (problem.kind === "failed") {
    throw new PosthornError("PH_TRANSFORMATION_INVALID", { reason: problem.message });
  }
  throw new PosthornError("PH_SANDBOX_BUSY", {}, { retryAfterSeconds: 1 });
}
