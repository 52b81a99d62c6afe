export const secret = "a-secret-of-the-vendors-own-kind";

import { WebhookReceiver } from "livekit-server-sdk";
export const verify = ({ body, headers }) =>
  new WebhookReceiver("api-key", secret).receive(body, headers["authorization"]);
