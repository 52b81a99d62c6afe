export const secret = "a-secret-of-the-vendors-own-kind";

import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
export const verify = ({ body, headers }) =>
  new ElevenLabsClient({ apiKey: "key" }).webhooks.constructEvent(
    body,
    headers["elevenlabs-signature"],
    secret,
  );
