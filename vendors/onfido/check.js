export const secret = "a-secret-of-the-vendors-own-kind";

import { WebhookEventVerifier } from "@onfido/api";
export const verify = ({ body, headers }) =>
  new WebhookEventVerifier(secret).readPayload(body, headers["x-sha2-signature"]);
