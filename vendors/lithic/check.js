export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import Lithic from "lithic";
export const verify = ({ body, headers }) =>
  new Lithic({ apiKey: "key" }).webhooks.verifySignature(body, headers, secret);
