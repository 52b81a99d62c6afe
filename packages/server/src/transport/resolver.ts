/**
 * Resolves host names without libuv's thread pool. `dns.lookup` runs getaddrinfo there, four at a
 * time, so a few slow names would delay every query and all file access.
 *
 * It asks the name servers in the system's configuration (resolv.conf), but ignores the hosts file
 * and search lists: an endpoint's URL must mean the same on every node.
 */
import { Resolver, type RecordWithTtl } from "node:dns";
import { limits } from "../limits.ts";
import { canonicalAddress, worstVerdict } from "./address-guard.ts";
import type { AddressPolicy, AddressVerdict } from "./address-guard.ts";
import { isLocalhost } from "./endpoint-url.ts";
import { isShortOfFiles } from "./own-limits.ts";

/** All addresses of a name, of both families. */
export interface NameRecords {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** Resolves a name's addresses. Any error counts as a failed query. */
export type ResolveName = (hostname: string) => Promise<NameRecords>;

/**
 * Why a name has no addresses. `unknown`: the name servers say so; `failed`: they gave no answer;
 * `own`: this process had no file left to ask them.
 */
export type NameErrorReason = "unknown" | "timeout" | "failed" | "own";

/** A DNS query without an address. */
export class NameError extends Error {
  override readonly name = "NameError";
  readonly reason: NameErrorReason;

  constructor(reason: NameErrorReason, cause?: unknown) {
    super(`The name was not resolved: ${reason}.`, { cause });
    this.reason = reason;
  }
}

/** A name's answer with its verdict. The same object until it expires. */
export interface CheckedAddresses {
  /** Canonical, at most `limits.dnsAddressesTriedMax`. */
  readonly addresses: readonly string[];
  /** The worst verdict on all addresses in the answer, including those that are not kept. */
  readonly verdict: AddressVerdict;
  readonly expiresAtMs: number;
}

export interface NameCacheOptions {
  readonly policy: AddressPolicy;
  readonly resolve: ResolveName;
  /** A clock that never goes back; only differences are used. */
  readonly nowMs: () => number;
}

interface Entry {
  expiresAtMs: number;
  readonly pending: Promise<CheckedAddresses>;
}

/** Caches checked answers; concurrent queries for one host are shared. */
export class NameCache {
  readonly #options: NameCacheOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: NameCacheOptions) {
    this.#options = options;
  }

  /**
   * @throws NameError if the name has no addresses, or none arrived within `limits.dnsTimeoutMs`.
   * There is no fallback: an unresolved name is never connected to.
   */
  lookup(hostname: string): Promise<CheckedAddresses> {
    const entry = this.#entries.get(hostname);
    if (entry !== undefined && entry.expiresAtMs > this.#options.nowMs()) return entry.pending;
    return this.#refresh(hostname);
  }

  #refresh(hostname: string): Promise<CheckedAddresses> {
    this.#entries.delete(hostname);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < limits.dnsCacheNamesMax) break;
      this.#entries.delete(oldest);
    }
    const pending = this.#resolve(hostname);
    // A running query does not expire: it ends by its own timeout.
    const entry: Entry = { expiresAtMs: Infinity, pending };
    this.#entries.set(hostname, entry);
    pending.then(
      (checked) => (entry.expiresAtMs = checked.expiresAtMs),
      () => (entry.expiresAtMs = this.#options.nowMs() + limits.dnsFailureCacheMs),
    );
    return pending;
  }

  async #resolve(hostname: string): Promise<CheckedAddresses> {
    const { policy, resolve, nowMs } = this.#options;
    const own = ownRecords(hostname, policy);
    const { addresses, ttlMs } = own ?? (await withTimeout(resolve(hostname)));
    if (addresses.length === 0) throw new NameError("unknown");
    const keepMs = Math.min(Math.max(ttlMs, limits.dnsCacheLeastMs), limits.dnsCacheMs);
    return {
      addresses: addresses
        .slice(0, limits.dnsAddressesTriedMax)
        .map((address) => canonicalAddress(address) ?? address),
      verdict: worstVerdict(addresses, policy),
      expiresAtMs: nowMs() + keepMs,
    };
  }
}

/**
 * Hosts that need no name server. An address is its own answer. `localhost` is never resolved (RFC
 * 6761, section 6.3); of its two addresses only those that the policy allows are returned, so that
 * allowing 127.0.0.0/8 alone is enough. Posthorn itself gives this answer, so the rule against
 * mixed answers is not needed here.
 */
function ownRecords(hostname: string, policy: AddressPolicy): NameRecords | null {
  const literal = canonicalAddress(hostname);
  if (literal !== null) return { addresses: [literal], ttlMs: limits.dnsCacheMs };
  if (!isLocalhost(hostname)) return null;
  const loopback = ["127.0.0.1", "::1"];
  const open = loopback.filter((address) => worstVerdict([address], policy) === "exception");
  return { addresses: open.length > 0 ? open : loopback, ttlMs: limits.dnsCacheMs };
}

async function withTimeout(lookup: Promise<NameRecords>): Promise<NameRecords> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new NameError("timeout")), limits.dnsTimeoutMs);
  });
  try {
    return await Promise.race([lookup, timeout]);
  } catch (error) {
    throw error instanceof NameError ? error : new NameError("failed", error);
  } finally {
    clearTimeout(timer);
  }
}

export interface NameServersOptions {
  /** `address:port` each, instead of the system's. */
  readonly servers?: readonly string[];
}

/** c-ares' codes for "the name has no such DNS record". */
const noRecordCodes: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * A `ResolveName` that queries A and AAAA records at once. It waits for both. When one family has
 * addresses, it waits for the other no longer than `limits.dnsSecondFamilyMs`, because routers that
 * drop AAAA queries are common. Addresses that did not arrive are not used.
 */
export function createNameServersResolve(options: NameServersOptions = {}): ResolveName {
  let resolver = createResolver(options);
  return async (hostname) => {
    try {
      return await bothFamilies(resolver, hostname);
    } catch (error) {
      // A resolver keeps its initial servers; the machine may have others by now.
      if (error instanceof NameError && error.reason !== "unknown") {
        resolver = createResolver(options);
      }
      throw error;
    }
  };
}

function createResolver({ servers }: NameServersOptions): Resolver {
  // Two tries of 1.5 and 3 s: both end before the look-up's own timeout.
  const resolver = new Resolver({ timeout: 1_500, tries: 2 });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
}

function bothFamilies(resolver: Resolver, hostname: string): Promise<NameRecords> {
  return new Promise((resolve, reject) => {
    const records: RecordWithTtl[] = [];
    let failure: NodeJS.ErrnoException | null = null;
    let waitingFor = 2;
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      if (records.length > 0) resolve(toNameRecords(records));
      else reject(toNameError(failure));
    };
    const received = (error: NodeJS.ErrnoException | null, found?: RecordWithTtl[]): void => {
      waitingFor -= 1;
      if (error === null) records.push(...(found ?? []));
      else if (!noRecordCodes.has(error.code ?? "")) failure = error;
      if (waitingFor === 0) finish();
      else if (records.length > 0) timer = setTimeout(finish, limits.dnsSecondFamilyMs);
    };
    resolver.resolve4(hostname, { ttl: true }, received);
    resolver.resolve6(hostname, { ttl: true }, received);
  });
}

function toNameRecords(records: readonly RecordWithTtl[]): NameRecords {
  return {
    addresses: records.map((record) => record.address),
    ttlMs: Math.min(...records.map((record) => record.ttl)) * 1_000,
  };
}

function toNameError(failure: NodeJS.ErrnoException | null): NameError {
  if (failure === null) return new NameError("unknown");
  if (isShortOfFiles()) return new NameError("own", failure);
  return new NameError(failure.code === "ETIMEOUT" ? "timeout" : "failed", failure);
}
