export const secret = "a-secret-of-the-vendors-own-kind";

import { verify as verifyGithub } from "@octokit/webhooks-methods";
export const verify = ({ body, headers }) =>
  verifyGithub(secret, body, headers["x-hub-signature-256"]);
