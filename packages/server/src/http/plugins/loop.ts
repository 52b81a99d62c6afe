/**
 * Deliveries that arrive at the API. Whoever may create endpoints could make one of the API's own
 * URL, with a key among its headers, and each delivery would cause the next. The names by which
 * the API is reached are not known here (proxies, load balancers, other names for them), so the
 * loop is cut where it closes.
 */
import type { FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";

/** What every delivery's `user-agent` begins with; no endpoint's own header can replace it. */
const deliveryUserAgent = /^posthorn\//i;

/**
 * An `onRequest` hook. Also refuses deliveries of other installations: a loop may have two in it.
 *
 * @throws PosthornError `PH_LOOP`: 508 (RFC 5842, section 7.2).
 */
export async function refuseDeliveries(request: FastifyRequest): Promise<void> {
  if (deliveryUserAgent.test(request.headers["user-agent"] ?? ""))
    throw new PosthornError("PH_LOOP");
}
