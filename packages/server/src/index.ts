/** For programs that run Posthorn inside themselves instead of by its command. */
export { readConfig, type Config, type ConfigDefaults } from "./config.ts";
export { PosthornError, type ErrorCode } from "./errors.ts";
export type { EventToPublish, PublishResult } from "./pipeline/publish.ts";
export { startService, type Service, type ServiceOptions } from "./wire.ts";
export type { Observer, ObservedAttempt } from "./pipeline/ports.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres } from "./postgres/embedded.ts";
