export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import { WebhookHandler } from "@liveblocks/node";
export const data = {
  type: "storageUpdated",
  data: { projectId: "p", roomId: "r", appId: "a", updatedAt: "2026-01-01T00:00:00Z" },
};
export const verify = ({ body, headers }) =>
  new WebhookHandler(secret).verifyRequest({ headers, rawBody: body });
