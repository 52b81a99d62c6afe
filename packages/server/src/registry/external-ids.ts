/** The platform's own ids of endpoints, which are unique among an org's endpoints. */
import { PosthornError } from "../errors/catalogue.ts";

/** @throws PosthornError `PH_EXTERNAL_ID_TAKEN` if another endpoint of the org has the id. */
export async function refusingTakenId<Result>(
  externalId: string | null | undefined,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const isTaken =
      error instanceof Error &&
      "constraint" in error &&
      error.constraint === "endpoints_by_external_id";
    if (!isTaken) throw error;
    throw new PosthornError("PH_EXTERNAL_ID_TAKEN", { id: externalId ?? null }, { cause: error });
  }
}
