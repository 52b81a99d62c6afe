export const secret = "a-secret-of-the-vendors-own-kind";

import EasyPost from "@easypost/api";
export const verify = ({ body, headers }) =>
  new EasyPost("key").Utils.validateWebhook(
    Buffer.from(body),
    { "X-Hmac-Signature": headers["x-hmac-signature"] },
    secret,
  );
