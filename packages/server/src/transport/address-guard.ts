/**
 * Decides which IP addresses Posthorn may connect to: global unicast addresses, and ranges that the
 * operator lists. Its functions are pure.
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { PosthornError } from "../errors/catalogue.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A CIDR block. An IPv4-mapped block is stored as an IPv4 block. */
export interface AddressRange {
  readonly network: Address;
  readonly prefixBits: number;
}

/** The ranges that the operator allows in addition to public addresses. */
export interface AddressPolicy {
  readonly exceptions: readonly AddressRange[];
}

/**
 * `exception` means that a range of the policy contains the address, even if the address is also
 * public.
 */
export type AddressVerdict = "public" | "exception" | "denied";

/**
 * Public addresses that must not be reached from inside a cloud: 168.63.129.16 is Azure's host
 * agent, which returns settings of virtual machines.
 */
const deniedThoughPublic = [range("168.63.129.16", 32)];

/**
 * IANA assigns global unicast addresses only from 2000::/3. This range excludes addresses that
 * ipaddr.js wrongly treats as unicast: IPv4-compatible addresses (some network stacks treat
 * ::7f00:1 as 127.0.0.1), and unassigned blocks.
 */
const globalUnicastIpv6 = range("2000::", 3);

/**
 * The interface identifiers 0000:5efe and 0200:5efe mean ISATAP (RFC 5214, section 6.1), which
 * sends to the IPv4 address in the last four bytes, whatever the prefix is.
 */
const isatapMarks: ReadonlySet<string> = new Set(["0,0,94,254", "2,0,94,254"]);

/**
 * Returns the verdict on an address in any unambiguous form. An IPv4-mapped IPv6 address is treated
 * as the IPv4 address that it contains, because packets go there. Addresses that contain another
 * address (NAT64, 6to4, Teredo, ISATAP) are denied even if the inner address is public, because a
 * gateway decides where the packets go. Text that is not an address is denied.
 */
export function addressVerdict(ip: string, policy: AddressPolicy): AddressVerdict {
  const address = parseAddress(ip);
  if (address === null) return "denied";
  if (policy.exceptions.some((exception) => contains(exception, address))) return "exception";
  return isPublic(address) ? "public" : "denied";
}

/** The worst verdict on these addresses, because one denied address denies all of them. */
export function worstVerdict(ips: readonly string[], policy: AddressPolicy): AddressVerdict {
  let worst: AddressVerdict = "exception";
  for (const ip of ips) {
    const verdict = addressVerdict(ip, policy);
    if (verdict === "denied") return "denied";
    if (verdict === "public") worst = "public";
  }
  return ips.length === 0 ? "denied" : worst;
}

/**
 * The canonical form of an address (RFC 5952; IPv4-mapped as IPv4). Null if the text is not an
 * address.
 */
export function canonicalAddress(ip: string): string | null {
  return parseAddress(ip)?.toString() ?? null;
}

/**
 * Parses a list of ranges, e.g. `10.1.0.0/16, fd12::/16, 192.0.2.7`. An empty text contains no
 * ranges.
 *
 * @throws PosthornError `PH_CIDR_INVALID` with the invalid part.
 */
export function parseCidrs(list: string): readonly AddressRange[] {
  if (list.trim() === "") return [];
  return list.split(",").map((part) => parseCidr(part.trim()));
}

function parseCidr(text: string): AddressRange {
  const [ip = "", prefix, ...rest] = text.split("/");
  if (isIP(ip) === 0 || ip.includes("%") || rest.length > 0) {
    throw invalidRange(text, "it must be an IP address with an optional prefix length");
  }
  const written = read(ip);
  const bitsMax = written.kind() === "ipv4" ? 32 : 128;
  const prefixBits = prefix === undefined ? bitsMax : Number(prefix);
  if (prefix !== undefined && (!/^\d{1,3}$/.test(prefix) || prefixBits > bitsMax)) {
    throw invalidRange(text, `its prefix length must be a number from 0 to ${bitsMax}`);
  }
  // An operator who writes 10.1.2.3/8 may mean only this host. So the range is rejected, because it
  // would allow 16 million others.
  if (!startsRange(written, prefixBits)) {
    throw invalidRange(text, `${ip} is not the first address of a /${prefixBits}`);
  }
  if (written instanceof ipaddr.IPv6 && written.isIPv4MappedAddress()) {
    if (prefixBits < 96) throw invalidRange(text, "write IPv4 ranges as IPv4");
    return { network: written.toIPv4Address(), prefixBits: prefixBits - 96 };
  }
  return { network: written, prefixBits };
}

function startsRange(address: Address, prefixBits: number): boolean {
  return address.toByteArray().every((byte, index) => {
    const networkBits = Math.min(8, Math.max(0, prefixBits - index * 8));
    return (byte & (0xff >> networkBits)) === 0;
  });
}

function invalidRange(text: string, reason: string): PosthornError {
  return new PosthornError("PH_CIDR_INVALID", { range: JSON.stringify(text), reason });
}

function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  if (deniedThoughPublic.some((denied) => contains(denied, address))) return false;
  if (address.kind() === "ipv4") return true;
  const mark = address.toByteArray().slice(8, 12).join();
  return contains(globalUnicastIpv6, address) && !isatapMarks.has(mark);
}

function contains(block: AddressRange, address: Address): boolean {
  if (block.network instanceof ipaddr.IPv4) {
    return address instanceof ipaddr.IPv4 && address.match(block.network, block.prefixBits);
  }
  return address instanceof ipaddr.IPv6 && address.match(block.network, block.prefixBits);
}

/**
 * `isIP` runs first, because ipaddr.js also accepts 127.1, 0x7f.0.0.1 and 0177.0.0.1, which other
 * code may read differently. An address with a zone (fe80::1%eth0) means an interface of this
 * machine, and is never a DNS answer.
 */
function parseAddress(ip: string): Address | null {
  if (isIP(ip) === 0 || ip.includes("%")) return null;
  const address = read(ip);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) {
    return address.toIPv4Address();
  }
  return address;
}

/**
 * Parses a valid address. Converts IPv6 to a form without dots, because ipaddr.js reads ::10.0.0.1,
 * which DNS answers can contain, as ::ffff:10.0.0.1, which is another address.
 */
function read(ip: string): Address {
  if (!ip.includes(":")) return ipaddr.parse(ip);
  const hex = ip.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...[a, b, c, d]: string[]) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)]
      .map((group) => group.toString(16))
      .join(":"),
  );
  return ipaddr.parse(hex);
}

function range(ip: string, prefixBits: number): AddressRange {
  return { network: ipaddr.parse(ip), prefixBits };
}
