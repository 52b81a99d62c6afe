export const secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
// Its verifier encodes a query twice, so the example has none.
export const target = "/hooks/a";
import { verifyRequest } from "@contentful/node-apps-toolkit";
export const verify = ({ body, headers, url }) => {
  const { pathname, search } = new URL(url);
  return verifyRequest(secret, { method: "POST", path: pathname + search, headers, body });
};
