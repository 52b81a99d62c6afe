/** Addresses with the correct verdict on each and the reason. URLs are in `url-corpus.ts`. */
import type { AddressVerdict } from "../address-guard.ts";

export interface AddressRow {
  readonly ip: string;
  readonly verdict: AddressVerdict;
  readonly reason: string;
  /** The ranges that the operator allows. */
  readonly allowCidrs: string;
}

interface Group {
  readonly reason: string;
  /** The addresses, separated by spaces. A range is represented by its first and last address. */
  readonly ips: string;
}

const deniedGroups: readonly Group[] = [
  { reason: "this network (RFC 791): connects to this host", ips: "0.0.0.0 0.0.0.1 0.255.255.255" },
  { reason: "private (RFC 1918)", ips: "10.0.0.0 10.1.2.3 10.255.255.255" },
  { reason: "private (RFC 1918)", ips: "172.16.0.0 172.20.10.1 172.31.255.255" },
  { reason: "private (RFC 1918)", ips: "192.168.0.0 192.168.1.1 192.168.255.255" },
  { reason: "carrier-grade NAT (RFC 6598)", ips: "100.64.0.0 100.127.255.255" },
  { reason: "Alibaba Cloud's metadata service", ips: "100.100.100.200" },
  { reason: "loopback", ips: "127.0.0.0 127.0.0.1 127.1.2.3 127.255.255.255" },
  { reason: "link-local (RFC 3927)", ips: "169.254.0.0 169.254.255.255" },
  { reason: "metadata of most clouds, of ECS tasks", ips: "169.254.169.254 169.254.170.2" },
  { reason: "protocol assignments (RFC 6890)", ips: "192.0.0.0 192.0.0.9 192.0.0.192 192.0.0.255" },
  { reason: "documentation (RFC 5737)", ips: "192.0.2.0 192.0.2.255" },
  { reason: "documentation (RFC 5737)", ips: "198.51.100.0 198.51.100.255" },
  { reason: "documentation (RFC 5737)", ips: "203.0.113.0 203.0.113.255" },
  { reason: "6to4 relays (RFC 7526)", ips: "192.88.99.0 192.88.99.255" },
  { reason: "benchmarks (RFC 2544)", ips: "198.18.0.0 198.19.255.255" },
  { reason: "AS112 (RFC 7535)", ips: "192.31.196.0 192.31.196.255" },
  { reason: "AMT (RFC 7450)", ips: "192.52.193.0 192.52.193.255" },
  { reason: "AS112 (RFC 7534)", ips: "192.175.48.0 192.175.48.255" },
  { reason: "multicast", ips: "224.0.0.0 239.255.255.255" },
  { reason: "reserved", ips: "240.0.0.0 250.1.2.3 255.255.255.254" },
  { reason: "broadcast", ips: "255.255.255.255" },
  { reason: "Azure's host agent, public by its number", ips: "168.63.129.16" },
  { reason: "unspecified: connects to this host", ips: "::" },
  { reason: "loopback", ips: "::1" },
  { reason: "link-local", ips: "fe80:: fe80::1 febf:ffff::1" },
  { reason: "site-local", ips: "fec0::1 feff::1" },
  { reason: "unique local", ips: "fc00:: fd00::1 fdff:ffff::1" },
  { reason: "AWS' metadata service", ips: "fd00:ec2::254" },
  { reason: "Google Cloud's metadata service", ips: "fd20:ce::254" },
  { reason: "multicast", ips: "ff00:: ff02::1 ffff::1" },
  {
    reason: "IPv4-compatible: some stacks send it to the IPv4 address",
    ips: "::7f00:1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::2 ::a9fe:a9fe",
  },
  {
    reason: "IPv4-mapped: the IPv4 address, in any spelling",
    ips:
      "::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:ffff:127.0.0.1 ::FFFF:10.0.0.1 ::ffff:0.0.0.0 " +
      "0000:0000:0000:0000:0000:FFFF:7F00:0001 ::ffff:169.254.169.254 ::ffff:168.63.129.16",
  },
  { reason: "IPv4-translated (RFC 6145)", ips: "::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8" },
  {
    reason: "NAT64 (RFC 6052): a gateway decides, also with a public address inside",
    ips: "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8 64:ff9b::808:808 64:ff9b::a9fe:a9fe",
  },
  { reason: "local NAT64 (RFC 8215)", ips: "64:ff9b:1::10.0.0.1 64:ff9b:1:ffff::8.8.8.8" },
  { reason: "6to4", ips: "2002:7f00:1::1 2002:a00:1::1 2002:808:808::1 2002:ffff:ffff::1" },
  {
    reason: "Teredo",
    ips: "2001::1 2001:0:53aa:64c:0:fbff:f7f7:f7f7 2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
  },
  {
    reason: "ISATAP (RFC 5214), under any prefix",
    ips:
      "2606:4700::5efe:7f00:1 2606:4700:0:0:0:5efe:10.0.0.1 2a00:1450::200:5efe:a00:1 " +
      "2a00:1450:1:2:200:5efe:808:808 fe80::5efe:7f00:1",
  },
  { reason: "discard-only", ips: "100::1" },
  { reason: "protocol assignments (RFC 2928)", ips: "2001:1::1 2001:5::1 2001:1ff:ffff::1" },
  { reason: "benchmarks (RFC 5180)", ips: "2001:2::1 2001:2:0:ffff::1" },
  { reason: "AMT (RFC 7450)", ips: "2001:3::1" },
  { reason: "AS112 (RFC 7535, RFC 7534)", ips: "2001:4:112::1 2620:4f:8000::1" },
  { reason: "ORCHID (RFC 4843, RFC 7343)", ips: "2001:10::1 2001:20::1" },
  { reason: "drone identities (RFC 9374)", ips: "2001:30::1" },
  { reason: "documentation", ips: "2001:db8::1 2001:db8:ffff::1 3fff::1 3fff:fff::1" },
  { reason: "segment routing (RFC 9602)", ips: "5f00::1" },
  {
    reason: "in a block that nobody has been given",
    ips: "1::1 200::1 1fff:ffff::1 4000::1 6000::1 8000::1 c000::1 e000::1 fbff::1 fe00::1",
  },
];

const publicGroups: readonly Group[] = [
  { reason: "an ordinary address", ips: "1.1.1.1 8.8.8.8 93.184.216.34" },
  { reason: "beside 0.0.0.0/8", ips: "1.0.0.0" },
  { reason: "beside 10.0.0.0/8", ips: "9.255.255.255 11.0.0.0" },
  { reason: "beside 100.64.0.0/10", ips: "100.63.255.255 100.128.0.0" },
  { reason: "beside 127.0.0.0/8", ips: "126.255.255.255 128.0.0.0" },
  { reason: "beside Azure's host agent", ips: "168.63.129.15 168.63.129.17" },
  { reason: "beside 169.254.0.0/16", ips: "169.253.255.255 169.255.0.0" },
  { reason: "beside 172.16.0.0/12", ips: "172.15.255.255 172.32.0.0" },
  { reason: "beside 192.0.0.0/24", ips: "191.255.255.255 192.0.1.0" },
  { reason: "beside 192.0.2.0/24", ips: "192.0.1.255 192.0.3.0" },
  { reason: "beside 192.31.196.0/24", ips: "192.31.195.255 192.31.197.0" },
  { reason: "beside 192.52.193.0/24", ips: "192.52.192.255 192.52.194.0" },
  { reason: "beside 192.88.99.0/24", ips: "192.88.98.255 192.88.100.0" },
  { reason: "beside 192.168.0.0/16", ips: "192.167.255.255 192.169.0.0" },
  { reason: "beside 192.175.48.0/24", ips: "192.175.47.255 192.175.49.0" },
  { reason: "beside 198.18.0.0/15", ips: "198.17.255.255 198.20.0.0" },
  { reason: "beside 198.51.100.0/24", ips: "198.51.99.255 198.51.101.0" },
  { reason: "beside 203.0.113.0/24", ips: "203.0.112.255 203.0.114.0" },
  { reason: "beside 224.0.0.0/4", ips: "223.255.255.255" },
  { reason: "IPv4-mapped, of a public one", ips: "::ffff:8.8.8.8 ::ffff:93.184.216.34" },
  { reason: "an ordinary address", ips: "2606:4700:4700::1111 2a00:1450::1 2001:4860:4860::8888" },
  { reason: "beside 2001::/23", ips: "2001:200::1" },
  { reason: "beside 2001:db8::/32", ips: "2001:db7:ffff::1 2001:db9::1" },
  { reason: "beside 2002::/16", ips: "2003::1" },
  { reason: "beside 2620:4f:8000::/48", ips: "2620:4f:7fff::1 2620:4f:8001::1" },
  { reason: "beside 3fff::/20", ips: "3ffe::1 3fff:1000::1" },
  {
    reason: "5efe where ISATAP has none",
    ips: "2a00:1450:0:5efe::1 2a00:1450::5efe:1 2a00:1450::100:5efe:7f00:1",
  },
];

interface Exception extends Group {
  readonly allowCidrs: string;
  /** Addresses that the range must not allow. */
  readonly deniedIps: string;
}

/** Each range allows only its own addresses: `ips` are allowed, `deniedIps` stay denied. */
const exceptions: readonly Exception[] = [
  {
    allowCidrs: "10.1.0.0/16",
    reason: "edges of a range",
    ips: "10.1.0.0 10.1.255.255",
    deniedIps: "10.0.255.255 10.2.0.0 127.0.0.1 192.168.0.1",
  },
  {
    allowCidrs: "10.1.2.3",
    reason: "one address",
    ips: "10.1.2.3 ::ffff:10.1.2.3 ::FFFF:a01:203",
    deniedIps: "10.1.2.2 10.1.2.4 ::10.1.2.3 ::ffff:10.1.2.4 64:ff9b::10.1.2.3 2002:a01:203::1",
  },
  {
    allowCidrs: "127.0.0.0/8",
    reason: "loopback of IPv4 is not that of IPv6, nor this network",
    ips: "127.0.0.1 ::ffff:7f00:1",
    deniedIps: "::1 0.0.0.0 :: ::7f00:1 10.0.0.1 ::ffff:0:127.0.0.1 126.0.0.1%lo",
  },
  {
    allowCidrs: "::1/128",
    reason: "loopback of IPv6 is not that of IPv4",
    ips: "::1 0:0:0:0:0:0:0:1",
    deniedIps: "::2 :: 127.0.0.1 ::ffff:127.0.0.1 ::1%lo",
  },
  {
    allowCidrs: "fd12:3456::/32",
    reason: "edges of a range",
    ips: "fd12:3456::1 fd12:3456:ffff:ffff:ffff:ffff:ffff:ffff",
    deniedIps: "fd12:3457::1 fd12:3455:ffff::1 fd00:ec2::254",
  },
  {
    allowCidrs: "::ffff:10.0.0.0/104",
    reason: "a range written as IPv4-mapped is the IPv4 range",
    ips: "10.0.0.1 ::ffff:10.9.9.9",
    deniedIps: "172.16.0.1 ::10.0.0.1 11.0.0.1%eth0",
  },
  {
    allowCidrs: "::10.0.0.0/104",
    reason: "an IPv4-compatible range is no IPv4 range",
    ips: "::10.0.0.1 ::a00:1",
    deniedIps: "10.0.0.1 ::ffff:10.0.0.1",
  },
  {
    allowCidrs: "::/0",
    reason: "all of IPv6 is nothing of IPv4",
    ips: "::1 fd00::1 64:ff9b::7f00:1",
    deniedIps: "127.0.0.1 ::ffff:127.0.0.1",
  },
  {
    allowCidrs: "0.0.0.0/0",
    reason: "all of IPv4 is nothing of IPv6",
    ips: "127.0.0.1 255.255.255.255 ::ffff:127.0.0.1",
    deniedIps: "::1 ::127.0.0.1 64:ff9b::127.0.0.1 2002:7f00:1::1 2606:4700::5efe:7f00:1",
  },
  {
    allowCidrs: "10.0.0.0/8",
    reason: "an address that carries another is not the other",
    ips: "10.0.0.1",
    deniedIps: "64:ff9b::10.0.0.1 2002:a00:1::1 2a00:1450::5efe:a00:1 169.254.169.254",
  },
  {
    allowCidrs: "10.0.0.1,10.0.0.3,fd00::3",
    reason: "a list opens no address between",
    ips: "10.0.0.1 10.0.0.3 fd00::3",
    deniedIps: "10.0.0.0 10.0.0.2 10.0.0.4 fd00::2 fd00::1",
  },
];

function rowsOf(verdict: AddressVerdict, allowCidrs: string, { reason, ips }: Group): AddressRow[] {
  return ips.split(" ").map((ip) => ({ ip, verdict, reason, allowCidrs }));
}

/** Text that is not an address, or is ambiguous. It is denied even if every range is allowed. */
const broken: readonly (readonly [ip: string, reason: string])[] = [
  ["", "nothing"],
  [" ", "nothing"],
  ["localhost", "a name"],
  ["127.1", "a short form, read in more than one way"],
  ["0x7f.0.0.1", "hexadecimal"],
  ["0177.0.0.1", "octal, or 177 for some"],
  ["2130706433", "a number"],
  ["127.0.0.1 ", "a space"],
  ["127.0.0.1.", "a trailing dot"],
  ["１２７.0.0.1", "full-width digits"],
  ["127。0。0。1", "ideographic full stops"],
  ["1.2.3", "three parts"],
  ["1.2.3.4.5", "five parts"],
  ["256.1.1.1", "a part over 255"],
  ["8.8.8.8%eth0", "a zone"],
  ["::1%lo", "a zone"],
  ["fe80::1%eth0", "a zone"],
  ["::ffff:127.0.0.1%1", "a zone"],
  ["[::1]", "brackets"],
  ["8.8.8.8/32", "a range"],
  [":::", "no address"],
  ["::g", "no address"],
  ["::127.1", "a short form inside"],
  ["1::2::3", "two gaps"],
];

export const addressCorpus: readonly AddressRow[] = [
  ...deniedGroups.flatMap((group) => rowsOf("denied", "", group)),
  ...publicGroups.flatMap((group) => rowsOf("public", "", group)),
  ...exceptions.flatMap((each) => rowsOf("exception", each.allowCidrs, each)),
  ...exceptions.flatMap((each) =>
    rowsOf("denied", each.allowCidrs, { reason: `not: ${each.reason}`, ips: each.deniedIps }),
  ),
  ...broken.map(([ip, reason]): AddressRow => {
    return { ip, verdict: "denied", reason, allowCidrs: "0.0.0.0/0,::/0" };
  }),
];
