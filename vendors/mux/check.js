export const secret = "a-secret-of-the-vendors-own-kind";

import Mux from "@mux/mux-node";
export const verify = ({ body, headers }) =>
  new Mux({ tokenId: "id", tokenSecret: "key" }).webhooks.verifySignature(body, headers, secret);
