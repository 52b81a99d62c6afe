export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import { Webhook } from "standardwebhooks";
export const verify = ({ body, headers }) => new Webhook(secret).verify(body, headers);
