export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

import OpenAI from "openai";
export const verify = ({ body, headers }) =>
  new OpenAI({ apiKey: "key" }).webhooks.verifySignature(body, headers, secret);
