export const secrets = {
  primary: "the-primary-key-of-the-box-app-1",
  secondary: "the-secondary-key-of-the-box-app",
};
import { createRequire } from "node:module";
const box = createRequire(import.meta.url)("box-node-sdk/lib/managers/webhooks");
const { WebhooksManager } = box;
export const verify = async ({ body, headers }) => {
  const { primary, secondary } = secrets;
  const one = await WebhooksManager.validateMessage(body, headers, primary);
  const other = await WebhooksManager.validateMessage(body, headers, "another", {
    secondaryKey: secondary,
  });
  return one && other;
};
