export const secret = "a-secret-of-the-vendors-own-kind";

import { verifyWebhookSignature } from "@notionhq/client";
export const verify = ({ body, headers }) =>
  verifyWebhookSignature({
    body,
    signature: headers["x-notion-signature"],
    verificationToken: secret,
  });
