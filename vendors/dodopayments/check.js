export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import DodoPayments from "dodopayments";
export const verify = ({ body, headers }) =>
  new DodoPayments({ bearerToken: "key" }).webhooks.unwrap(body, { headers, key: secret });
