/**
 * The store on PostgreSQL. Each transition has a file with the same name as the file in `pipeline/`
 * that calls it.
 */
import type { SecretBox } from "../../model/secret-box.ts";
import { toCatalogueError, type Pool } from "../../postgres/pool.ts";
import type { Store } from "../store.ts";
import { triedAgain } from "./again.ts";
import { cancel, requeue } from "./change.ts";
import { claim } from "./claim.ts";
import { endpoints } from "./endpoints.ts";
import { expire } from "./expire.ts";
import { fanOut, nextFanOut } from "./fan-out.ts";
import { heartbeat, leave } from "./heartbeat.ts";
import { publish } from "./publish.ts";
import { reap } from "./reap.ts";
import { release, settle } from "./settle.ts";
import { takeOver, takeOverFrom } from "./take-over.ts";
import { waitingWork } from "./waiting-work.ts";

/**
 * @param operationalOrgId the org whose endpoints get all operational events; null if there is
 * none.
 */
export function createPostgresStore(
  pool: Pool,
  secretBox: SecretBox,
  operationalOrgId: string | null = null,
): Store {
  return {
    publish: (request) => translated(() => publish(pool, request)),
    nextFanOut: (afterOrgId, atMs) => translated(() => nextFanOut(pool, afterOrgId, atMs)),
    fanOut: (orgId, deliveriesMax, atMs) =>
      translated(() => fanOut(pool, orgId, deliveriesMax, atMs)),
    waitingWork: (nodeId) => translated(() => waitingWork(pool, nodeId)),
    claim: (request) => translated(() => claim(pool, request)),
    settle: (settlements, atMs) =>
      translated(() => settle(pool, operationalOrgId, settlements, atMs)),
    release: (leases, atMs) => translated(() => release(pool, leases, atMs)),
    reap: (request) => translated(() => reap(pool, request)),
    expire: (request) => translated(() => expire(pool, request)),
    heartbeat: (beat) => translated(() => heartbeat(pool, beat)),
    leave: (nodeId) => translated(() => leave(pool, nodeId)),
    takeOver: (nodeId, lateAfterMs) => translated(() => takeOver(pool, nodeId, lateAfterMs)),
    takeOverFrom: (deadNodeId) => translated(() => takeOverFrom(pool, deadNodeId)),
    endpoints: (ids) => translated(() => endpoints(pool, secretBox, ids)),
    requeue: (deliveryId, atMs, by) => translated(() => requeue(pool, { deliveryId, atMs, by })),
    cancel: (deliveryId, atMs, by) => translated(() => cancel(pool, { deliveryId, atMs, by })),
  };
}

/**
 * Converts errors to those of the catalogue.
 * @param work transactions that can be repeated.
 */
async function translated<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await triedAgain(work);
  } catch (error) {
    // The pipeline's statements take milliseconds, so a statement that timed out waited for a
    // client's lock.
    throw toCatalogueError(error, true);
  }
}
