export const secret = "a-secret-of-the-vendors-own-kind";

import { LinearWebhookClient } from "@linear/sdk/webhooks";
export const verify = ({ body, headers }) =>
  new LinearWebhookClient(secret).verify(
    Buffer.from(body),
    headers["linear-signature"],
    JSON.parse(body).webhookTimestamp,
  );
