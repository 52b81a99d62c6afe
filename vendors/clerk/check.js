export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import { verifyWebhook } from "@clerk/backend/webhooks";
export const verify = ({ body, headers, url }) =>
  verifyWebhook(new Request(url, { method: "POST", headers, body }), { signingSecret: secret });
