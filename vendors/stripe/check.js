export const secret = "a-secret-of-the-vendors-own-kind";

import { Stripe } from "stripe";
export const verify = ({ body, headers }) =>
  new Stripe("sk_test_key").webhooks.constructEvent(body, headers["stripe-signature"], secret);
