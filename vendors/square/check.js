export const secret = "a-secret-of-the-vendors-own-kind";

import { WebhooksHelper } from "square";
export const verify = ({ body, headers, url }) =>
  WebhooksHelper.verifySignature({
    requestBody: body,
    signatureHeader: headers["x-square-hmacsha256-signature"],
    signatureKey: secret,
    notificationUrl: url,
  });
