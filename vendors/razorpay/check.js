export const secret = "a-secret-of-the-vendors-own-kind";

import Razorpay from "razorpay";
export const verify = ({ body, headers }) =>
  Razorpay.validateWebhookSignature(body, headers["x-razorpay-signature"], secret);
