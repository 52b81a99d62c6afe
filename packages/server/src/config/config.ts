/** Reads the environment. No other file does. */
import path from "node:path";
import { clientVariables } from "./client-variables.ts";
import { variables, type Variable } from "./variables.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { contractWithoutPresets, type Preset } from "../model/preset.ts";
import { homeOrNull } from "../postgres/connection-tls.ts";

/** How tokens of other issuers are verified. */
export interface JwtConfig {
  /** The HS256 secret; null if such tokens are rejected. */
  readonly secret: string | null;
  /** A JSON Web Key Set or its URL. If both are null, RS256 and ES256 tokens are rejected. */
  readonly jwks: string | null;
  readonly jwksUrl: string | null;
  readonly audience: string;
  /** The accepted issuers. Empty if any issuer is accepted. */
  readonly issuers: readonly string[];
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** The database URL; null to use the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** A URL that bypasses the pooler, for work that needs a session. Null to use `databaseUrl`. */
  readonly directUrl: string | null;
  /** Maximum number of database connections of a process. */
  readonly databaseConnections: number;
  /** How long a start waits for the database at `databaseUrl`. */
  readonly databaseWaitMs: number;
  readonly dataDir: string;
  /** The admin key; null to create one at the first start and keep it in the data folder. */
  readonly adminKey: string | null;
  readonly encryptionKey: string | null;
  /** Earlier keys that may have encrypted stored secrets. */
  readonly decryptionKeys: readonly string[];
  /** Null if only API keys are accepted. */
  readonly jwt: JwtConfig | null;
  /** The secret of the Svix dialect's tokens; null if one is derived. */
  readonly svixJwtSecret: string | null;
  readonly allowCidrs: readonly string[];
  /** The retry schedule; null to use each contract's own schedule. */
  readonly retryScheduleMs: readonly number[] | null;
  /** The presets whose event types are loaded; empty for none. */
  readonly presets: readonly Preset[];
  /** The default contract of endpoints. */
  readonly contract: string;
  /** The platform's private keys as a JSON Web Key Set; null if there are none. */
  readonly signingKeys: string | null;
  /** The folder of the operator's own contracts; null if there is none. */
  readonly contractsDir: string | null;
  readonly logLevel: string;
  readonly preStopDelayMs: number;
  readonly drainMs: number;
  /** How long every attempt must fail before an endpoint is turned off; 0 for never. */
  readonly disableAfterMs: number;
  /** How often a node sends a probe through the whole pipeline; 0 for never. */
  readonly probeMs: number;
  /**
   * The platform's own org, which gets the operational events of all orgs; null if there is none.
   */
  readonly operationalOrgId: string | null;
  /**
   * Maximum number of requests per second in each process: from one API key, and from the admin
   * key.
   */
  readonly requestRates: {
    readonly perSecondMax: number;
    readonly adminPerSecondMax: number;
  };
  /** The proxies whose X-Forwarded headers are trusted. */
  readonly trustProxy: readonly string[];
  /** The public URL; null for the address on which the service listens. */
  readonly publicUrl: string | null;
  readonly console: {
    readonly name: string;
    readonly logoFile: string | null;
    readonly accent: string | null;
    readonly frameOrigins: readonly string[];
  };
  readonly retention: {
    readonly payloadDays: number;
    readonly ledgerDays: number;
    readonly auditDays: number;
  };
}

/** Values for unset variables, chosen by the caller. */
export interface ConfigDefaults {
  readonly allowCidrs: readonly string[];
  readonly logLevel: string;
}

/**
 * Reads and checks all variables.
 *
 * @throws PosthornError `PH_CONFIG_INVALID` with the variable and its allowed values.
 */
export function readConfig(
  defaults: ConfigDefaults,
  environment: Environment = process.env,
): Config {
  const read = <Value>(variable: Variable<Value>): Value => {
    const text = environment[variable.name];
    try {
      // An empty text counts as unset, because shells and compose files pass an unset variable as
      // an empty one.
      return variable.parse(text === "" ? undefined : text);
    } catch (cause) {
      // These errors already contain the variable, and are more helpful than the allowed values.
      if (cause instanceof PosthornError && cause.code === "PH_DATABASE_URL") throw cause;
      throw new PosthornError(
        "PH_CONFIG_INVALID",
        { variable: variable.name, allowed: variable.allowed },
        { cause },
      );
    }
  };
  const payloadDays = read(variables.payloadDays);
  const ledgerDays = read(variables.ledgerDays);
  if (ledgerDays < payloadDays) {
    const { name, allowed } = variables.ledgerDays;
    throw new PosthornError("PH_CONFIG_INVALID", { variable: name, allowed });
  }
  const presets = read(variables.presets);
  const databaseUrl = read(variables.databaseUrl);
  const directUrl = read(variables.directUrl);
  if (directUrl !== null && databaseUrl === null) {
    const { name, allowed } = variables.directUrl;
    throw new PosthornError("PH_CONFIG_INVALID", { variable: name, allowed });
  }
  return Object.freeze({
    host: read(variables.host),
    port: read(variables.port),
    databaseUrl,
    directUrl,
    databaseConnections: read(variables.databaseConnections),
    databaseWaitMs: read(variables.databaseWaitMs),
    dataDir: read(variables.dataDir),
    adminKey: read(variables.adminKey),
    encryptionKey: read(variables.encryptionKey),
    decryptionKeys: read(variables.decryptionKeys),
    jwt: jwtConfig(read),
    svixJwtSecret: read(variables.svixJwtSecret),
    allowCidrs: read(variables.allowCidrs) ?? defaults.allowCidrs,
    retryScheduleMs: read(variables.retryScheduleMs),
    presets,
    signingKeys: read(variables.signingKeys),
    contractsDir: read(variables.contractsDir),
    contract: read(variables.contract) ?? presets[0] ?? contractWithoutPresets,
    logLevel: read(variables.logLevel) ?? defaults.logLevel,
    preStopDelayMs: read(variables.preStopDelayMs),
    drainMs: read(variables.drainMs),
    disableAfterMs: read(variables.disableAfterMs),
    probeMs: read(variables.probeMs),
    operationalOrgId: read(variables.operationalOrgId),
    requestRates: {
      perSecondMax: read(variables.requestsPerSecond),
      adminPerSecondMax: read(variables.adminRequestsPerSecond),
    },
    trustProxy: read(variables.trustProxy),
    publicUrl: read(variables.publicUrl),
    console: {
      name: read(variables.consoleName),
      logoFile: read(variables.consoleLogo),
      accent: read(variables.consoleAccent),
      frameOrigins: read(variables.frameOrigins),
    },
    retention: { payloadDays, ledgerDays, auditDays: read(variables.auditDays) },
  });
}

type Read = <Value>(variable: Variable<Value>) => Value;

/** @throws PosthornError `PH_CONFIG_INVALID` if the trusted keys are set twice. */
function jwtConfig(read: Read): JwtConfig | null {
  const secret = read(variables.jwtSecret);
  const jwks = read(variables.jwtJwks);
  const jwksUrl = read(variables.jwtJwksUrl);
  const audience = read(variables.jwtAudience);
  const issuers = read(variables.jwtIssuers);
  if (jwks !== null && jwksUrl !== null) {
    const { name, allowed } = variables.jwtJwks;
    throw new PosthornError("PH_CONFIG_INVALID", { variable: name, allowed });
  }
  const isSet = secret !== null || jwks !== null || jwksUrl !== null;
  return isSet ? { secret, jwks, jwksUrl, audience, issuers } : null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The file in the data folder that contains the address of the service that runs there. */
export const addressFileName = "address";

/** The settings in the environment for commands that call the API. */
export interface ClientEnvironment {
  readonly url: string | null;
  readonly key: string | null;
  readonly profile: string | null;
  /** The Svix server that `posthorn import svix` reads, and its token. */
  readonly svixUrl: string | null;
  readonly svixToken: string | null;
  readonly profilesFile: string;
  /** The address of a service on this machine that was started without further settings. */
  readonly localUrl: string;
  /** The admin key of the service at `localUrl`, if the environment contains it. */
  readonly localAdminKey: string | null;
  /** The data folder of the service at `localUrl`. */
  readonly dataDir: string;
}

/** Reads the variables of commands that call the API. An empty variable counts as unset. */
export function readClientEnvironment(environment: Environment = process.env): ClientEnvironment {
  const read = (name: string): string | null => environment[name] || null;
  const dataDir = variables.dataDir.parse(read(variables.dataDir.name) ?? undefined);
  // A user may have no home directory, e.g. in a container.
  const home = homeOrNull() ?? dataDir;
  const configHome = read(clientVariables.configHome.name) ?? path.join(home, ".config");
  const port = read(variables.port.name) ?? String(variables.port.parse(undefined));
  return {
    url: read(clientVariables.url.name),
    key: read(clientVariables.key.name),
    profile: read(clientVariables.profile.name),
    svixUrl: read(clientVariables.svixUrl.name),
    svixToken: read(clientVariables.svixToken.name),
    profilesFile: path.join(configHome, "posthorn", "profiles.json"),
    localUrl: `http://127.0.0.1:${port}`,
    localAdminKey: read(variables.adminKey.name),
    dataDir,
  };
}
