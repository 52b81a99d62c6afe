export const secret = "a-secret-of-the-vendors-own-kind";

import { ApiVersion, shopifyApi } from "@shopify/shopify-api";
await import("@shopify/shopify-api/adapters/web-api");
const shopify = shopifyApi({
  apiKey: "key",
  apiSecretKey: secret,
  scopes: [],
  hostName: "example.com",
  apiVersion: ApiVersion.January25,
  isEmbeddedApp: false,
  logger: { log: () => undefined },
});
export const data = { shop: "shop.myshopify.com", id: 1 };
export const verify = async ({ body, headers, url }) => {
  const rawRequest = new Request(url, { method: "POST", headers, body });
  return (await shopify.webhooks.validate({ rawBody: body, rawRequest })).valid;
};
