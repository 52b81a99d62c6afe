export const secret = "a-secret-of-the-vendors-own-kind";

import { Paddle } from "@paddle/paddle-node-sdk";
export const data = {
  event_id: "evt_1",
  event_type: "customer.created",
  occurred_at: "2026-01-01T00:00:00Z",
  data: {},
};
export const verify = ({ body, headers }) =>
  new Paddle("key").webhooks.isSignatureValid(body, secret, headers["paddle-signature"]);
