/**
 * Limits the requests per second with one key, and the wrong keys from one address. So a runaway
 * client cannot use up this process. Each process counts separately.
 */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { Caller } from "../../model/principal.ts";

export interface RequestRates {
  /**
   * Counts a request of an authenticated caller.
   *
   * @throws PosthornError `PH_TOO_MANY_REQUESTS`
   */
  count(request: FastifyRequest): Promise<void>;
  /**
   * Called before an unknown key is looked up.
   *
   * @throws PosthornError `PH_TOO_MANY_WRONG_KEYS` if the address has recently sent too many
   * wrong keys.
   */
  checkAddress(request: FastifyRequest): Promise<void>;
  /**
   * Counts a wrong key against the client's address. For IPv6 it uses the /64, which usually
   * belongs to one customer.
   */
  countWrongKey(request: FastifyRequest): Promise<void>;
}

export interface RequestRatesOptions {
  /** The limit for each key of an org, and for each token's subject. */
  readonly perSecondMax: number;
  /** The limit for the admin key. */
  readonly adminPerSecondMax: number;
  callerOf(request: FastifyRequest): Caller;
  onRefused(): void;
}

const windowMs = 1_000;

export async function createRequestRates(
  app: FastifyInstance,
  options: RequestRatesOptions,
): Promise<RequestRates> {
  const { callerOf, perSecondMax, adminPerSecondMax, onRefused } = options;
  await app.register(rateLimit, { global: false, cache: limits.countedKeysMax });
  const countKey = app.createRateLimit({
    timeWindow: windowMs,
    max: (request) => (isOfPlatform(callerOf(request)) ? adminPerSecondMax : perSecondMax),
    keyGenerator: (request) => identityOf(callerOf(request)),
  });
  const countAddress = app.createRateLimit({
    timeWindow: windowMs,
    max: limits.wrongKeysPerSecondMax,
  });
  const refuse = (code: "PH_TOO_MANY_REQUESTS" | "PH_TOO_MANY_WRONG_KEYS", most: number): never => {
    onRefused();
    throw new PosthornError(code, { most }, { retryAfterSeconds: 1 });
  };
  return {
    async count(request) {
      const counted = await countKey(request);
      if (!counted.isAllowed && counted.isExceeded) refuse("PH_TOO_MANY_REQUESTS", counted.max);
    },
    async checkAddress(request) {
      const counted = await countAddress(request, { increment: false });
      if (!counted.isAllowed && counted.remaining === 0) {
        refuse("PH_TOO_MANY_WRONG_KEYS", counted.max);
      }
    },
    async countWrongKey(request) {
      await countAddress(request);
    },
  };
}

/** Whether the caller acts for every org. */
function isOfPlatform({ kind }: Caller): boolean {
  return kind === "admin" || kind === "publisher" || kind === "svix_api";
}

/** All sessions that were opened with the same key or link share one limit. */
function identityOf(caller: Caller): string {
  if (caller.kind === "metrics" || caller.kind === "svix_api") return caller.keyId;
  if (!("via" in caller)) return "admin";
  if (caller.via !== "jwt") return caller.keyId;
  const { subject } = caller;
  return `${caller.kind === "key" ? caller.orgId : caller.kind} ${subject ?? ""}`;
}
