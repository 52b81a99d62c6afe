/** Errors about addresses and URLs; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const addressErrors = {
  PH_URL_INVALID: entry(400, "The URL is not valid: {reason}.", "Use an absolute https URL."),
  PH_URL_SCHEME: entry(
    400,
    "The URL's scheme {scheme} is not allowed.",
    "Use https. Posthorn allows http only for addresses in POSTHORN_ALLOW_CIDRS.",
  ),
  PH_URL_USERINFO: entry(
    400,
    "The URL contains a user name or password.",
    "Remove it from the URL. Use a custom header for credentials.",
  ),
  PH_URL_PORT: entry(
    400,
    "Port {port} is not allowed for an endpoint.",
    "Use 443, 80, or a port from 1024 up that does not usually belong to an internal service.",
  ),
  PH_URL_ADDRESS: entry(
    400,
    "The URL's address is not allowed.",
    "Use a public address, or ask the operator to add its range to POSTHORN_ALLOW_CIDRS.",
  ),
  PH_URL_HOST: entry(
    400,
    "The host name {host} is reserved for internal networks.",
    "Use a public name. Posthorn allows an internal name only if POSTHORN_ALLOW_CIDRS contains " +
      "all of its addresses.",
  ),
  PH_CIDR_INVALID: entry(
    500,
    "{range} is not a valid address range: {reason}.",
    "Write ranges as 10.1.0.0/16 or fd12::/16, and single addresses as 10.1.2.3, separated by " +
      "commas.",
  ),
  PH_LOOP: entry(
    508,
    "This request is one of Posthorn's own deliveries, sent to Posthorn's own API.",
    "Change the endpoint's URL to that of a receiver.",
  ),
};
