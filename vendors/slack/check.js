export const secret = "a-secret-of-the-vendors-own-kind";

import bolt from "@slack/bolt/dist/receivers/verify-request.js";
export const verify = ({ body, headers }) =>
  bolt.verifySlackRequest({ signingSecret: secret, body, headers });
