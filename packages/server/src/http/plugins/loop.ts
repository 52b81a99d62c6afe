/**
 * Rejects deliveries that are sent to the API itself. Anyone who may create endpoints could create
 * one with the API's own URL and a key in its headers. Each delivery would then cause the next one.
 * The API does not know all names by which it can be reached (proxies, load balancers), so it
 * breaks the loop here.
 */
import type { FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { isDelivery } from "../../model/loop-marker.ts";

/**
 * An `onRequest` hook. It also rejects deliveries of other installations, because a loop may
 * include two of them.
 *
 * @throws PosthornError `PH_LOOP`: 508 (RFC 5842, section 7.2).
 */
export async function refuseDeliveries(request: FastifyRequest): Promise<void> {
  if (isDelivery(request.headers)) throw new PosthornError("PH_LOOP");
}
