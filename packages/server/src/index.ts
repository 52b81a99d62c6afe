/** The exports for programs that embed Posthorn instead of running its command. */
export { readConfig, type Config, type ConfigDefaults } from "./config/config.ts";
export { PosthornError, type ErrorCode } from "./errors/catalogue.ts";
export type { EventToPublish, PublishResult } from "./pipeline/publish/publish.ts";
export { startService, type Service, type ServiceOptions } from "./service/compose.ts";
export type { Observer, ObservedAttempt } from "./pipeline/ports.ts";
export { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded/index.ts";
