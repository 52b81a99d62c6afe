export const secret = "user:password-of-the-webhook";
export const unsigned = "Chargebee sends Basic credentials and signs nothing.";
import { basicAuthValidator } from "chargebee";
export const verify = ({ headers }) =>
  basicAuthValidator((user, password) => `${user}:${password}` === secret)(headers);
