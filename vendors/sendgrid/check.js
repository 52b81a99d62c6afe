export const secret = null;
import { createPublicKey } from "node:crypto";
import sendgrid from "@sendgrid/eventwebhook";
export const verify = ({ body, headers, publicKeys }) => {
  const events = new sendgrid.EventWebhook();
  const der = createPublicKey({ key: publicKeys["ecdsa-p256"], format: "jwk" }).export({
    type: "spki",
    format: "der",
  });
  const key = events.convertPublicKeyToECDSA(der.toString("base64"));
  return events.verifySignature(
    key,
    body,
    headers["x-twilio-email-event-webhook-signature"],
    headers["x-twilio-email-event-webhook-timestamp"],
  );
};
