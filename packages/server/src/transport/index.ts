export {
  addressVerdict,
  parseCidrs,
  type AddressPolicy,
  type AddressRange,
  type AddressVerdict,
} from "./address-guard.ts";
export { fetchDocument, type DocumentBounds } from "./document.ts";
export { parseEndpointUrl, type EndpointUrl } from "./endpoint-url.ts";
export { httpDestination } from "./http-destination.ts";
export {
  createNameServersResolve,
  NameError,
  type NameRecords,
  type ResolveName,
} from "./resolver.ts";
export {
  createTransport,
  type ObservableTransport,
  type OwnReceivers,
  type TransportOptions,
} from "./transport.ts";
export { wireHeaders } from "./wire-headers.ts";
