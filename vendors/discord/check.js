export const secret = null;
import { verifyKey } from "discord-interactions";
export const verify = ({ body, headers, publicKeys }) =>
  verifyKey(
    body,
    headers["x-signature-ed25519"],
    headers["x-signature-timestamp"],
    Buffer.from(publicKeys.ed25519.x, "base64url").toString("hex"),
  );
