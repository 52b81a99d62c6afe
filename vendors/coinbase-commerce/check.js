export const secret = "a-secret-of-the-vendors-own-kind";

import commerce from "coinbase-commerce-node";
export const verify = ({ body, headers }) =>
  commerce.Webhook.verifySigHeader(body, headers["x-cc-webhook-signature"], secret);
