export const secret = "a-secret-of-the-vendors-own-kind";

import Retell from "retell-sdk";
export const verify = ({ body, headers }) =>
  Retell.verify(body, secret, headers["x-retell-signature"]);
