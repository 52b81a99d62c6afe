export const secret = "a-secret-of-the-vendors-own-kind";

export const unsigned = "Mailgun's signature covers its time and token, not the event.";
import { createHmac } from "node:crypto";
// Its documentation says to compute this.
export const verify = ({ body }) => {
  const { timestamp, token, signature } = JSON.parse(body).signature;
  return (
    createHmac("sha256", secret)
      .update(timestamp + token)
      .digest("hex") === signature
  );
};
