export const secret = "a-secret-of-the-vendors-own-kind";

import { Signature } from "@hubspot/api-client";
export const verify = ({ body, headers, url }) =>
  Signature.isValid({
    signatureVersion: "v3",
    signature: headers["x-hubspot-signature-v3"],
    method: "POST",
    clientSecret: secret,
    requestBody: body,
    url,
    timestamp: Number(headers["x-hubspot-request-timestamp"]),
  });
