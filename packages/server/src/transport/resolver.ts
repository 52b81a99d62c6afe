/**
 * Resolves host names without libuv's thread pool. `dns.lookup` calls getaddrinfo there, four at a
 * time, so a few slow names would delay all queries and all file access. This resolver asks the DNS
 * servers in the system's configuration (resolv.conf). It ignores the hosts file and search lists,
 * because an endpoint's URL must mean the same on every node.
 */
import { Resolver, type RecordWithTtl } from "node:dns";
import { limits } from "../limits.ts";
import { canonicalAddress, worstVerdict } from "./address-guard.ts";
import type { AddressPolicy, AddressVerdict } from "./address-guard.ts";
import { isLocalhost } from "./endpoint-url.ts";
import { isShortOfFiles } from "./own-limits.ts";

/** All addresses of a name, IPv4 and IPv6. */
export interface NameRecords {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** Resolves a name's addresses. Any error counts as a failed query. */
export type ResolveName = (hostname: string) => Promise<NameRecords>;

/**
 * Why a name has no addresses. `unknown`: the DNS servers say that it has none. `failed`: they did
 * not respond properly. `own`: this process could not open a file to ask them.
 */
export type NameErrorReason = "unknown" | "timeout" | "failed" | "own";

/** A DNS query that returned no address. */
export class NameError extends Error {
  override readonly name = "NameError";
  readonly reason: NameErrorReason;

  constructor(reason: NameErrorReason, cause?: unknown) {
    super(`The name was not resolved: ${reason}.`, { cause });
    this.reason = reason;
  }
}

/**
 * The addresses of a name, with their verdict. Until the entry expires, callers get the same
 * object.
 */
export interface CheckedAddresses {
  /** The addresses in canonical form, at most `limits.dnsAddressesTriedMax` of them. */
  readonly addresses: readonly string[];
  /**
   * The worst verdict on all addresses in the answer, including those that are not in `addresses`.
   */
  readonly verdict: AddressVerdict;
  readonly expiresAtMs: number;
}

export interface NameCacheOptions {
  readonly policy: AddressPolicy;
  readonly resolve: ResolveName;
  /** Returns the time of a clock that never goes back. Only differences are used. */
  readonly nowMs: () => number;
}

interface Entry {
  expiresAtMs: number;
  readonly pending: Promise<CheckedAddresses>;
}

/** Caches checked answers. Concurrent queries for the same host are shared. */
export class NameCache {
  readonly #options: NameCacheOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: NameCacheOptions) {
    this.#options = options;
  }

  /**
   * @throws NameError if the name has no addresses, or no answer arrives within
   * `limits.dnsTimeoutMs`. There is no fallback: Posthorn never connects to a name that does not
   * resolve.
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
    // A running query does not expire, because it has its own timeout.
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
 * Answers for hosts that need no DNS server. An address is its own answer. `localhost` is never
 * resolved (RFC 6761, section 6.3). Only those of its two addresses that the policy allows are
 * returned, so that it is enough to allow 127.0.0.0/8. Posthorn itself gives this answer, so one
 * denied address need not deny both.
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
  /** The DNS servers as `address:port`, instead of the system's. */
  readonly servers?: readonly string[];
}

/** c-ares' codes for "there is no such record". */
const noRecordCodes: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA"]);

/**
 * Returns a `ResolveName` that queries A and AAAA records in parallel and waits for both. If one
 * family has addresses, it waits for the other for at most `limits.dnsSecondFamilyMs`, because many
 * routers drop AAAA queries. Addresses that arrive later are not used.
 */
export function createNameServersResolve(options: NameServersOptions = {}): ResolveName {
  let resolver = createResolver(options);
  return async (hostname) => {
    try {
      return await bothFamilies(resolver, hostname);
    } catch (error) {
      // Creates a new resolver after a failure, because a resolver keeps its initial servers and
      // the machine's configuration may have changed.
      if (error instanceof NameError && error.reason !== "unknown") {
        resolver = createResolver(options);
      }
      throw error;
    }
  };
}

function createResolver({ servers }: NameServersOptions): Resolver {
  // Two tries, of 1.5 s and 3 s, so that both end before the query's own timeout.
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
