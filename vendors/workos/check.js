export const secret = "a-secret-of-the-vendors-own-kind";

import { WorkOS } from "@workos-inc/node";
export const verify = ({ body, headers }) =>
  new WorkOS("key").webhooks.verifyHeader({
    payload: JSON.parse(body),
    sigHeader: headers["workos-signature"],
    secret,
  });
