export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import { Resend } from "resend";
export const verify = ({ body, headers }) =>
  new Resend("re_key").webhooks.verify({
    payload: body,
    headers: {
      id: headers["svix-id"],
      timestamp: headers["svix-timestamp"],
      signature: headers["svix-signature"],
    },
    webhookSecret: secret,
  });
