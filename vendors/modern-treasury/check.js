export const secret = "a-secret-of-the-vendors-own-kind";
import ModernTreasury from "modern-treasury";
const client = new ModernTreasury({ apiKey: "key", organizationID: "org", webhookKey: secret });
export const verify = ({ body, headers }) => client.webhooks.validateSignature(body, headers);
