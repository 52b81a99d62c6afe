export const secret = "a-secret-of-the-vendors-own-kind";

import { validateSignature } from "@line/bot-sdk";
export const verify = ({ body, headers }) =>
  validateSignature(body, secret, headers["x-line-signature"]);
