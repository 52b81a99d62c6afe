export const secret = "a-secret-of-the-vendors-own-kind";

import twilio from "twilio";
export const data = { From: "+15550001", To: "+15550002", Body: "Zoë & co" };
export const verify = ({ body, headers, url }) =>
  twilio.validateRequest(
    secret,
    headers["x-twilio-signature"],
    url,
    Object.fromEntries(new URLSearchParams(body)),
  );
