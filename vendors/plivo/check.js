export const secret = "a-secret-of-the-vendors-own-kind";

import plivo from "plivo";
export const data = { From: "15550001", To: "15550002", Text: "Hello" };
export const verify = ({ body, headers, url }) =>
  plivo.validateV3Signature(
    "POST",
    url,
    headers["x-plivo-signature-v3-nonce"],
    secret,
    headers["x-plivo-signature-v3"],
    Object.fromEntries(new URLSearchParams(body)),
  );
