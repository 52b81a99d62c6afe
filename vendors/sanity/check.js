export const secret = "a-secret-of-the-vendors-own-kind";

import { assertValidSignature } from "@sanity/webhook";
export const verify = ({ body, headers }) =>
  assertValidSignature(body, headers["sanity-webhook-signature"], secret);
