export const secret = "a-secret-of-the-vendors-own-kind";

import Pusher from "pusher";
export const verify = ({ body, headers }) =>
  new Pusher({ appId: "1", key: "app-key", secret }).webhook({ rawBody: body, headers }).isValid();
