export const secret = "0195bc6c-5d00-4000-8000-00000000abcd";
import { verifyWebhookSignature } from "hook0-client";
export const verify = ({ body, headers }) =>
  verifyWebhookSignature(
    headers["x-hook0-signature"],
    Buffer.from(body),
    new Headers(headers),
    secret,
    300,
  );
