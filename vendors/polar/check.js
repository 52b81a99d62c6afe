export const secret = "polar_whs_ovyN6cPrTv56AApvzCaJno08SSmGJmgbWilb33N2JuK";
import { validateEvent, WebhookVerificationError } from "@polar-sh/sdk/webhooks";
export const verify = ({ body, headers }) => {
  try {
    validateEvent(body, headers, secret);
  } catch (error) {
    // The example is no event of Polar's; its signature is checked before its schema.
    if (error instanceof WebhookVerificationError) throw error;
  }
};
