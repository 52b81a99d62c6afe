/**
 * The registry manages the configuration: endpoints, event types and keys. It also explains
 * deliveries. It uses SQL directly, because it has no second implementation, unlike the pipeline's
 * store.
 */
export { Authenticator, createApiKey, deleteApiKeys } from "./api-keys.ts";
export type { AddedSecret } from "./added-secrets.ts";
export { ContractRegistry, type CheckedDocument } from "./contracts.ts";
export { createEndpointRegistry, type EndpointRegistry } from "./endpoints.ts";
export type { TransformationChecker } from "./transformations.ts";
export { EventTypeCatalogue } from "./event-types.ts";
export { explain } from "./explain.ts";
export { countUnderOtherKeys, Rekeyer, rekeySome } from "./rekey.ts";
export { Sessions } from "./sessions.ts";
export { createRemoteKeys, parseKeySet } from "./token-keys.ts";
export { looksLikeToken, TokenVerifier, type TokenVerifierOptions } from "./tokens.ts";
export { KnownOrgs } from "./known-orgs.ts";
export { importSvixApplication, importSvixEndpoint } from "./import-svix.ts";
export { orgOfApp, SvixAliases } from "./svix-aliases.ts";
export { SvixTokens } from "./svix-tokens.ts";
