/**
 * The environment variables and their allowed values. docs/reference/environment.md is generated
 * from this file. Only config.ts reads the variables.
 */
import {
  base64Of32Bytes,
  checkedCidrs,
  checkedKeySet,
  durationBetween,
  integerBetween,
  isNotEmpty,
  longSecret,
  matching,
  orgId,
  oneOf,
  originOf,
  presetList,
} from "./parsers.ts";
import { limits } from "../limits.ts";
import { presetNames } from "../model/preset.ts";
import { parseSchedule } from "../model/retry-schedule.ts";
import { checkedDatabaseUrl } from "../postgres/hosts.ts";

export interface Variable<Value> {
  readonly name: string;
  /** The allowed values in words. The error message for other values contains this text. */
  readonly allowed: string;
  /**
   * Describes the default for the docs. The effective default is the result of `parse(undefined)`.
   */
  readonly defaultText: string;
  readonly description: string;
  /** @throws any error if the value is not allowed. */
  parse(text: string | undefined): Value;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

export const variables = {
  host: {
    name: "POSTHORN_HOST",
    allowed: "a host name or address to listen on",
    defaultText: "127.0.0.1",
    description:
      "The address that the API and the console listen on. 0.0.0.0 listens on every interface.",
    parse: (text) => matching(text ?? "127.0.0.1", /^[\w.:-]+$/),
  },
  port: {
    name: "POSTHORN_PORT",
    allowed: "a whole number from 0 to 65535 (0: any free port)",
    defaultText: "8420",
    description: "The port of the API and the console.",
    parse: (text) => integerBetween(text ?? "8420", 0, 65_535),
  },
  databaseUrl: {
    name: "DATABASE_URL",
    allowed:
      "a URL that starts with postgres:// or postgresql://, with one host or several separated " +
      "by commas",
    defaultText: "unset: Posthorn starts its own PostgreSQL",
    description:
      "The URL of a PostgreSQL server, version 15 or later. If it contains several hosts, " +
      "Posthorn uses the one that accepts writes.",
    parse: (text) => (text === undefined ? null : checkedDatabaseUrl(text, "DATABASE_URL")),
  },
  directUrl: {
    name: "POSTHORN_DIRECT_URL",
    allowed: "a URL of the same form as DATABASE_URL, which must also be set",
    defaultText: "unset: DATABASE_URL is used for everything",
    description:
      "A URL of the same database that bypasses the connection pooler. Notifications, migrations " +
      "and locks need a session-level connection, not one through a transaction pooler.",
    parse: (text) => (text === undefined ? null : checkedDatabaseUrl(text, "POSTHORN_DIRECT_URL")),
  },
  databaseConnections: {
    name: "POSTHORN_DATABASE_CONNECTIONS",
    allowed: "a whole number from 4 to 500",
    defaultText: "20",
    description:
      "The maximum number of database connections per process, including the one for " +
      "notifications.",
    parse: (text) =>
      integerBetween(
        text ?? String(limits.databaseConnectionsMax),
        limits.databaseConnectionsLeast,
        limits.databaseConnectionsMost,
      ),
  },
  databaseWaitMs: {
    name: "POSTHORN_DATABASE_WAIT",
    allowed: "a duration from 0s to 10m, e.g. 60s",
    defaultText: "60s",
    description:
      "How long a command waits at startup while the database is down, is still starting, or is " +
      "a standby. After that it exits with code 3.",
    parse: (text) => durationBetween(text ?? "60s", 0, 600_000),
  },
  dataDir: {
    name: "POSTHORN_DATA_DIR",
    allowed: "a writable folder",
    defaultText: ".posthorn",
    description: "The folder of the embedded database and of the keys created at the first start.",
    parse: (text) => text ?? ".posthorn",
  },
  adminKey: {
    name: "POSTHORN_ADMIN_KEY",
    allowed: "at least 16 characters without spaces",
    defaultText: "unset: created at the first start and kept in the data folder",
    description: "The admin key, which has all permissions for every org.",
    parse: (text) => (text === undefined ? null : matching(text, /^\S{16,256}$/)),
  },
  encryptionKey: {
    name: "POSTHORN_ENCRYPTION_KEY",
    allowed: "32 bytes in base64",
    defaultText: "unset: created at the first start and kept in the data folder",
    description:
      "The key that encrypts the endpoints' secrets in the database. It must be the same on " +
      "every node.",
    parse: (text) => (text === undefined ? null : base64Of32Bytes(text)),
  },
  decryptionKeys: {
    name: "POSTHORN_DECRYPTION_KEYS",
    allowed: "keys of 32 bytes in base64, separated by commas",
    defaultText: "unset: none",
    description:
      "Earlier encryption keys, which are only used to decrypt. Set this while you change the " +
      "encryption key.",
    parse: (text) => (text ?? "").split(",").filter(isNotEmpty).map(base64Of32Bytes),
  },
  jwtSecret: {
    name: "POSTHORN_JWT_SECRET",
    allowed: "at least 32 bytes",
    defaultText: "unset: HS256 is rejected",
    description:
      "The secret that JSON Web Tokens are signed with (HS256), e.g. that of a Supabase project.",
    parse: (text) => (text === undefined ? null : longSecret(text)),
  },
  jwtJwks: {
    name: "POSTHORN_JWT_JWKS",
    allowed: 'a JSON Web Key Set of public keys, {"keys":[…]}; not with POSTHORN_JWT_JWKS_URL',
    defaultText: "unset: RS256 and ES256 are rejected",
    description: "The public keys that verify JSON Web Tokens.",
    parse: (text) => (text === undefined ? null : checkedKeySet(text)),
  },
  jwtJwksUrl: {
    name: "POSTHORN_JWT_JWKS_URL",
    allowed: "an http or https URL",
    defaultText: "unset",
    description:
      "The URL of these public keys, e.g. https://<project>/auth/v1/.well-known/jwks.json",
    parse: (text) => (text === undefined ? null : matching(new URL(text).href, /^https?:/)),
  },
  jwtAudience: {
    name: "POSTHORN_JWT_AUDIENCE",
    allowed: "text of 1 to 256 characters",
    defaultText: "authenticated",
    description: "The audience (`aud`) that tokens must have.",
    parse: (text) => matching(text ?? "authenticated", /^[^\p{Cc}]{1,256}$/u),
  },
  jwtIssuers: {
    name: "POSTHORN_JWT_ISSUER",
    allowed: "issuers separated by commas, e.g. https://<project>/auth/v1,supabase",
    defaultText: "unset: any issuer whose signature is valid",
    description:
      "The token issuers (`iss`) that Posthorn accepts. The issuer of Supabase's own keys is " +
      "`supabase`.",
    parse: (text) =>
      text === undefined ? [] : text.split(",").map((each) => matching(each.trim(), /^\S+$/)),
  },
  svixJwtSecret: {
    name: "POSTHORN_SVIX_JWT_SECRET",
    allowed: "at least 32 bytes",
    defaultText: "unset: derived from the admin key",
    description:
      "The secret of the tokens under /api/v1 (HS256). Set it to the SVIX_JWT_SECRET of a server " +
      "that Posthorn replaces, so that its tokens stay valid.",
    parse: (text) => (text === undefined ? null : longSecret(text)),
  },
  allowCidrs: {
    name: "POSTHORN_ALLOW_CIDRS",
    allowed: "CIDR ranges separated by commas, e.g. 10.1.0.0/16,127.0.0.0/8",
    defaultText: "unset: none (posthorn dev: 127.0.0.0/8,::1/128)",
    description:
      "Private address ranges that endpoints may use. Endpoints in them may also use http.",
    parse: (text) => (text === undefined ? null : checkedCidrs(text)),
  },
  retryScheduleMs: {
    name: "POSTHORN_RETRY_SCHEDULE",
    allowed: "delays separated by commas, e.g. 0s,1s,2s (units ms, s, m, h, d)",
    defaultText: "unset: each contract's own schedule",
    description:
      "A retry schedule that replaces those of all contracts, for testing. An endpoint's own " +
      "schedule takes precedence.",
    parse: (text) => (text === undefined ? null : parseSchedule(text)),
  },
  contract: {
    name: "POSTHORN_CONTRACT",
    allowed: "the name of a contract document, e.g. cda, cadana, svix, standard",
    defaultText: "the contract of the first preset; standard if there is none",
    description: "The contract of new endpoints that do not set one.",
    parse: (text) => (text === undefined ? null : matching(text, /^[a-z][a-z0-9-]{0,63}$/)),
  },
  signingKeys: {
    name: "POSTHORN_SIGNING_KEYS",
    allowed: "a JSON Web Key Set with private keys",
    defaultText: "none",
    description:
      "The platform's own keys for contracts that sign with them: Ed25519, P-256 or RSA. Of each " +
      "kind, the key with the latest `active_from` that has passed signs; all public keys are at " +
      "/.well-known/jwks.json. Every node needs the same keys.",
    parse: (text) => text ?? null,
  },
  contractsDir: {
    name: "POSTHORN_CONTRACTS_DIR",
    allowed: "a folder",
    defaultText: "none",
    description:
      "A folder with contract documents of your own, `NAME.json`, in addition to the shipped ones; " +
      "docs/contracts.md describes them. Posthorn reads it at its start. Every node needs the same " +
      "documents.",
    parse: (text) => text ?? null,
  },
  presets: {
    name: "POSTHORN_PRESETS",
    allowed: `one or more of ${presetNames.join(", ")}, separated by commas; or none`,
    defaultText: presetNames.join(","),
    description:
      "The platforms whose event types Posthorn adds to the catalogue, each once. The contract of " +
      "the first one is the default. `none` adds no event types, and the default contract is " +
      "`standard`.",
    parse: (text) => presetList(text ?? presetNames.join(",")),
  },
  logLevel: {
    name: "POSTHORN_LOG_LEVEL",
    allowed: logLevels.join(", "),
    defaultText: "info (posthorn dev: warn)",
    description:
      "The minimum level of log messages. Posthorn writes them to standard output as JSON lines.",
    parse: (text) => (text === undefined ? null : oneOf(text, logLevels)),
  },
  preStopDelayMs: {
    name: "POSTHORN_LINGER",
    allowed: "a duration from 0s to 10m, e.g. 5s",
    defaultText: "0s",
    description:
      "How long the service keeps responding after the signal to stop, while `/readyz` returns " +
      "503. Set it to longer than your load balancer needs to stop routing to the node.",
    parse: (text) => durationBetween(text ?? "0s", 0, 600_000),
  },
  drainMs: {
    name: "POSTHORN_DRAIN",
    allowed: "a duration from 0s to 10m, e.g. 30s",
    defaultText: "5s",
    description:
      "How long requests and attempts in progress may take to finish after the signal to stop. " +
      "Your process manager must wait at least 5 s longer before it kills the service.",
    parse: (text) => durationBetween(text ?? "5s", 0, 600_000),
  },
  disableAfterMs: {
    name: "POSTHORN_DISABLE_AFTER",
    allowed: "a duration from 5s to 365d, e.g. 5d; or 0s for never",
    defaultText: "5d",
    description: "How long every attempt to an endpoint must fail before Posthorn turns it off.",
    parse: (text) => (text === "0s" ? 0 : durationBetween(text ?? "5d", 5_000, 31_536_000_000)),
  },
  probeMs: {
    name: "POSTHORN_PROBE",
    allowed: "a duration from 1s to 1h, e.g. 1m; or 0s for never",
    defaultText: "1m",
    description:
      "How often each node sends a test event (a probe) to itself through the whole pipeline. If " +
      "no probe arrives for three periods, the node is not ready.",
    parse: (text) => (text === "0s" ? 0 : durationBetween(text ?? "1m", 1_000, 3_600_000)),
  },
  operationalOrgId: {
    name: "POSTHORN_OPERATIONAL_ORG",
    allowed: "an org's id: 1 to 256 characters without control characters",
    defaultText: "unset: only the org that owns the endpoint gets these events",
    description:
      "The id of the platform's own org. It gets an event when an endpoint of any org keeps " +
      "failing or is turned off.",
    parse: (text) => (text === undefined ? null : orgId(text)),
  },
  requestsPerSecond: {
    name: "POSTHORN_REQUESTS_PER_SECOND",
    allowed: "a whole number from 1 to 1000000",
    defaultText: "1000",
    description:
      "The maximum number of requests per second from one API key of an org to one process. " +
      "Further requests get 429.",
    parse: (text) => integerBetween(text ?? "1000", 1, limits.requestsPerSecondMax),
  },
  adminRequestsPerSecond: {
    name: "POSTHORN_ADMIN_REQUESTS_PER_SECOND",
    allowed: "a whole number from 1 to 1000000",
    defaultText: "10000",
    description:
      "The maximum number of requests per second from the admin key to one process. The default " +
      "is more than a process can handle.",
    parse: (text) => integerBetween(text ?? "10000", 1, limits.requestsPerSecondMax),
  },
  trustProxy: {
    name: "POSTHORN_TRUST_PROXY",
    allowed: "addresses and ranges separated by commas, e.g. 10.0.0.0/8,127.0.0.1",
    defaultText: "unset: the address of the connection",
    description:
      "The proxies whose X-Forwarded-For and X-Forwarded-Host headers Posthorn trusts. The audit " +
      "and the rate limit on wrong keys use the client's address from these headers.",
    parse: (text) => (text === undefined ? [] : checkedCidrs(text)),
  },
  payloadDays: {
    name: "POSTHORN_PAYLOAD_DAYS",
    allowed: "a whole number of days from 1 to 3650",
    defaultText: "30",
    description:
      "How long events are kept and can be sent again. They are deleted up to a week later; while " +
      "a retry of an active endpoint waits for one, up to 40 days later.",
    parse: (text) => integerBetween(text ?? "30", 1, 3_650),
  },
  ledgerDays: {
    name: "POSTHORN_LEDGER_DAYS",
    allowed: "a whole number of days from POSTHORN_PAYLOAD_DAYS to 3650",
    defaultText: "90",
    description:
      "How long deliveries and attempts are kept, even after their event's data has been " +
      "deleted.",
    parse: (text) => integerBetween(text ?? "90", 1, 3_650),
  },
  auditDays: {
    name: "POSTHORN_AUDIT_DAYS",
    allowed: "a whole number of days from 1 to 3650",
    defaultText: "400",
    description: "How long audit entries are kept.",
    parse: (text) => integerBetween(text ?? "400", 1, 3_650),
  },
  publicUrl: {
    name: "POSTHORN_PUBLIC_URL",
    allowed: "an http or https URL without a path, e.g. https://webhooks.example.com",
    defaultText: "unset: the address that the service listens on",
    description:
      "The public URL of the console. Portal links start with it. Set it if a proxy changes the " +
      "Host header; otherwise console sessions do not work.",
    parse: (text) => (text === undefined ? null : originOf(text)),
  },
  consoleName: {
    name: "POSTHORN_CONSOLE_NAME",
    allowed: "text of 1 to 60 characters",
    defaultText: "Posthorn",
    description: "The platform's name, shown in the console.",
    parse: (text) => matching(text ?? "Posthorn", /^[^\p{Cc}]{1,60}$/u),
  },
  consoleLogo: {
    name: "POSTHORN_CONSOLE_LOGO",
    allowed: "the path of a file that ends in .svg, .png or .webp",
    defaultText: "unset: Posthorn's own",
    description: "The platform's logo, shown in the console: at most 256 KiB.",
    parse: (text) => (text === undefined ? null : matching(text, /\.(svg|png|webp)$/i)),
  },
  consoleAccent: {
    name: "POSTHORN_CONSOLE_ACCENT",
    allowed: "a colour in the form #rrggbb",
    defaultText: "unset: Posthorn's own",
    description: "The platform's colour, used for the console's buttons and links.",
    parse: (text) => (text === undefined ? null : matching(text, /^#[0-9a-f]{6}$/i)),
  },
  frameOrigins: {
    name: "POSTHORN_FRAME_ORIGINS",
    allowed: "origins separated by commas, e.g. https://app.example.com",
    defaultText: "unset: only the console's own",
    description: "Sites that may embed the console in a frame.",
    parse: (text) =>
      text === undefined ? [] : text.split(",").map((each) => originOf(each.trim())),
  },
} satisfies Record<string, Variable<unknown>>;
