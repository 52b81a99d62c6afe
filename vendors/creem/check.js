export const secret = "a-secret-of-the-vendors-own-kind";
import { verifyWebhookSignature } from "creem/webhooks";
export const verify = ({ body, headers }) => verifyWebhookSignature(body, headers, { secret });
