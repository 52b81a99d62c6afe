/**
 * Deliveries that arrive at the API. Anyone who may create endpoints could create one with the
 * API's own URL and a key among its headers, and each delivery would cause the next. The API does
 * not know the names by which it is reached (proxies, load balancers), so it breaks the loop here.
 */
import type { FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";

/** The prefix of every delivery's `user-agent`; no custom header can replace it. */
const deliveryUserAgent = /^posthorn\//i;

/**
 * An `onRequest` hook. Also rejects deliveries of other installations: a loop may pass through two.
 *
 * @throws PosthornError `PH_LOOP`: 508 (RFC 5842, section 7.2).
 */
export async function refuseDeliveries(request: FastifyRequest): Promise<void> {
  if (deliveryUserAgent.test(request.headers["user-agent"] ?? ""))
    throw new PosthornError("PH_LOOP");
}
