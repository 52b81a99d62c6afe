export const secret = null;
import Telnyx from "telnyx";
export const verify = ({ body, headers, publicKeys }) =>
  new Telnyx({ apiKey: "key" }).webhooks.unwrap(body, {
    headers,
    key: Buffer.from(publicKeys.ed25519.x, "base64url").toString("base64"),
  });
