/** Prepares a data folder and the programs for a start. */
import { randomBytes } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";
import { reasonOf } from "../errors/reasons.ts";
import type { Binaries } from "./binaries.ts";
import { copyBinaries, repairBinaries } from "./binaries.ts";
import type { PlaceFacts, Places } from "./places.ts";
import { decidePlaces, gatherPlaceFacts, outsideDirDefault } from "./places.ts";
import { startError } from "./server.ts";

/** Where the files of this folder are, and who runs the server. */
export async function findPlaces(
  options: Pick<PlaceFacts, "dataDir" | "binaries"> & { readonly outsideDir?: string },
): Promise<Places> {
  const facts = await gatherPlaceFacts({
    dataDir: options.dataDir,
    outsideDir: options.outsideDir ?? outsideDirDefault,
    asRoot: process.getuid?.() === 0,
    binaries: options.binaries,
    newName: randomBytes(8).toString("hex"),
  });
  return decidePlaces(facts);
}

/**
 * Repairs or copies the programs, where they need it.
 * @throws PosthornError `PH_EMBEDDED_START`
 */
export async function prepareBinaries(binaries: Binaries, places: Places): Promise<void> {
  try {
    if (places.binariesStep === "repair") await repairBinaries(places.binariesDir);
    if (places.binariesStep === "copy") await copyBinaries(binaries.dir, places.binariesDir);
  } catch (error) {
    const reason = `its programs could not be made ready: ${reasonOf(error)}`;
    throw startError(places, reason, error);
  }
}

/** Runs a step on the data folder; file system errors become `PH_DATA_DIR`. */
export async function inDataDir<T>(dataDir: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    const facts = { dataDir, reason: reasonOf(error) };
    throw new PosthornError("PH_DATA_DIR", facts, { cause: error });
  }
}
