/**
 * How Posthorn recognises its own deliveries, which the API rejects, because an endpoint with the
 * API's own URL could cause the next delivery, and that one the next.
 */

/** The `user-agent` of a delivery, unless its contract sets another one. */
export const deliveryAgent = "Posthorn/";

/**
 * Marks the deliveries of a contract that sets its own `user-agent`. RFC 8586 defines the header
 * for this purpose. Neither a contract nor a customer can set it.
 */
export const loopHeader = "cdn-loop";
export const loopMarker = "posthorn";

/** @param headers a request's headers, with names in lower case. */
export function isDelivery(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): boolean {
  const agent = String(headers["user-agent"] ?? "");
  if (agent.toLowerCase().startsWith(deliveryAgent.toLowerCase())) return true;
  const passed = String(headers[loopHeader] ?? "").split(",");
  return passed.some((each) => each.trim().toLowerCase().startsWith(loopMarker));
}
