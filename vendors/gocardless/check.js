export const secret = "a-secret-of-the-vendors-own-kind";
import { parse } from "gocardless-nodejs/webhooks";
export const data = {};
export const verify = ({ body, headers }) => parse(body, secret, headers["webhook-signature"]);
