/**
 * URLs of endpoints with the correct result for each and the reason. Addresses are in
 * `address-corpus.ts`.
 */
import type { ErrorCode } from "../../errors/catalogue.ts";

export interface UrlRow {
  readonly url: string;
  readonly reason: string;
  /** The ranges that the operator allows. */
  readonly allowCidrs: string;
  /** The code of the error that rejects the URL; null if the URL is accepted. */
  readonly code: ErrorCode | null;
  /** The stored form of an accepted URL, if the test checks it. */
  readonly href: string | null;
  /** The rule that a name's URL violates unless all its addresses are exceptions. */
  readonly unlessException: ErrorCode | null;
}

type Taken = readonly (readonly [url: string, href: string, reason: string])[];

/** Accepted URLs with their stored form, if no range is allowed. */
const taken: Taken = [
  ["https://example.com", "https://example.com/", "the shortest"],
  ["https://example.com/hooks?a=1&b=2", "https://example.com/hooks?a=1&b=2", "path and query"],
  ["https://EXAMPLE.com:443/", "https://example.com/", "the default port"],
  ["https://example.com:80/", "https://example.com:80/", "an open port"],
  ["https://example.com:8443/x", "https://example.com:8443/x", "an open port"],
  ["https://example.com:1024/", "https://example.com:1024/", "the first open port of the range"],
  ["https://example.com:65535/", "https://example.com:65535/", "the last port"],
  ["https://example.com:08443/", "https://example.com:8443/", "a zero before the port"],
  ["https://example.com:/", "https://example.com/", "an empty port"],
  ["https://example.com./a", "https://example.com/a", "one trailing dot"],
  ["https://example.com/a#fragment", "https://example.com/a", "a fragment is never sent"],
  ["https://example.com/#", "https://example.com/", "an empty fragment"],
  ["https://example.com/#@127.0.0.1/", "https://example.com/", "the host ends before #"],
  ["https://example.com/@127.0.0.1", "https://example.com/@127.0.0.1", "the host ends before /"],
  ["https://example.com?@127.0.0.1/", "https://example.com/?@127.0.0.1/", "and before ?"],
  ["https://example.com\\@127.0.0.1/", "https://example.com/@127.0.0.1/", "and before \\"],
  ["https://@example.com/", "https://example.com/", "an empty user name is none"],
  ["  https://example.com/a \n", "https://example.com/a", "spaces around"],
  ["ht\ntps://exa\tmple.com/", "https://example.com/", "tabs and line feeds go"],
  ["https:example.com/a", "https://example.com/a", "without slashes"],
  ["https:\\\\example.com\\a\\b", "https://example.com/a/b", "backslashes"],
  ["https://example.com/a/../b/./c", "https://example.com/b/c", "dots in the path"],
  ["https://example.com/%2e%2e/b", "https://example.com/b", "encoded dots in the path"],
  ["https://example.com/ä b?ü", "https://example.com/%C3%A4%20b?%C3%BC", "encoded"],
  ["https://bücher.example/", "https://xn--bcher-kva.example/", "stored as punycode"],
  ["https://раураl.com/", "https://xn--l-7sba6dbr.com/", "a homograph shows as such"],
  ["https://ＥＸＡＭＰＬＥ.com/", "https://example.com/", "full-width letters"],
  ["https://example。com/", "https://example.com/", "an ideographic full stop"],
  ["https://ex%61mple.com/", "https://example.com/", "an encoded letter"],
  ["https://ex\u00ADample.com/", "https://example.com/", "a soft hyphen goes"],
  ["https://my_host.example.com/", "https://my_host.example.com/", "an underscore"],
  ["https://8.8.8.8/", "https://8.8.8.8/", "a public address"],
  ["https://134744072/", "https://8.8.8.8/", "as a number"],
  ["https://0x08.0x08.0x08.0x08/", "https://8.8.8.8/", "in hexadecimal"],
  ["https://010.010.010.010/", "https://8.8.8.8/", "in octal"],
  ["https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/", "a public address"],
  ["https://[2606:4700:4700:0:0:0:0:1111]/", "https://[2606:4700:4700::1111]/", "with zeroes"],
  ["https://[::ffff:8.8.8.8]/", "https://[::ffff:808:808]/", "IPv4-mapped, of a public one"],
  ["https://localhost.example.com/", "https://localhost.example.com/", "not the last label"],
  ["https://internal.example.com/", "https://internal.example.com/", "not the last label"],
  ["https://mylocal.dev/", "https://mylocal.dev/", "not a whole label"],
  ["https://127.0.0.1.nip.io/", "https://127.0.0.1.nip.io/", "a name; its address decides"],
];

type Refused = readonly (readonly [code: ErrorCode, reason: string, ...urls: string[]])[];

const invalid: Refused = [
  ["PH_URL_INVALID", "not absolute", "", " ", "/hooks", "//example.com", "example.com"],
  ["PH_URL_INVALID", "without a host", "https://", "https:///", "https://?a", "https://#a"],
  ["PH_URL_INVALID", "a broken IPv6 literal", "https://[", "https://[::1", "https://[]/"],
  ["PH_URL_INVALID", "a zone", "https://[fe80::1%25eth0]/", "https://[::1%lo]/"],
  ["PH_URL_INVALID", "IPvFuture", "https://[v1.127.0.0.1]/"],
  ["PH_URL_INVALID", "an encoded IPv6 literal", "https://%5B::1%5D/", "https://::1/"],
  ["PH_URL_INVALID", "a space in the host", "https://exa mple.com/", "https://example.com%20/"],
  ["PH_URL_INVALID", "no port", "https://example.com:65536/", "https://example.com:x/"],
  ["PH_URL_INVALID", "no port", "https://example.com:-1/", "https://example.com:443:22/"],
  ["PH_URL_INVALID", "a null byte", "https://%00.example.com/", "https://127.0.0.1%00.a.com/"],
  ["PH_URL_INVALID", "an encoded line", "https://example.com%0d%0aHost:a/", "https://a%0Ab.com/"],
  ["PH_URL_INVALID", "an encoded mark", "https://example.com%2F@/", "https://a.com%23.b.com/"],
  ["PH_URL_INVALID", "no IPv4 address", "https://1.2.3.4.5/", "https://256.256.256.256/"],
  ["PH_URL_INVALID", "no IPv4 address", "https://0x100000000/", "https://127.0.0.0x100/"],
  ["PH_URL_INVALID", "no IPv4 address", "https://4294967296/", "https://08.0.0.1/"],
  ["PH_URL_INVALID", "an empty label", "https://example..com/", "https://.example.com/"],
  ["PH_URL_INVALID", "two trailing dots", "https://example.com../", "https://127.0.0.1../"],
  ["PH_URL_INVALID", "two trailing dots", "https://8.8.8.8../", "https://localhost../"],
  ["PH_URL_INVALID", "a dot only", "https://./", "https://。/"],
  ["PH_URL_INVALID", "marks in the host", "https://a'b.example/", "https://a,b.example/"],
  ["PH_URL_INVALID", "marks in the host", "https://*.example.com/", "https://{a}.example.com/"],
  ["PH_URL_INVALID", "a label of 64 characters", `https://${"a".repeat(64)}.example/`],
  ["PH_URL_INVALID", "a name of 267 characters", `https://${"a.".repeat(130)}example/`],
  ["PH_URL_INVALID", "too long", `https://example.com/${"a".repeat(2_029)}`],
  ["PH_URL_INVALID", "too long when encoded", `https://example.com/${"ä".repeat(400)}`],
];

const schemes: Refused = [
  ["PH_URL_SCHEME", "http to a public host", "http://example.com/", "HTTP://example.com/"],
  ["PH_URL_SCHEME", "http to a public host", "http://8.8.8.8/", "http:example.com"],
  ["PH_URL_SCHEME", "http, said before the address is", "http://127.0.0.1/", "http://[::1]/"],
  ["PH_URL_SCHEME", "WebSocket", "ws://example.com/", "wss://example.com/"],
  ["PH_URL_SCHEME", "files", "file:///etc/passwd", "file://example.com/", "FILE:///etc/passwd"],
  ["PH_URL_SCHEME", "what carries lines", "gopher://example.com/", "dict://example.com/"],
  ["PH_URL_SCHEME", "what carries lines", "ftp://example.com/", "ldap://example.com/"],
  ["PH_URL_SCHEME", "what carries lines", "tftp://example.com/", "sftp://example.com/"],
  ["PH_URL_SCHEME", "no host at all", "data:text/plain,x", "javascript:alert(1)", "about:blank"],
  ["PH_URL_SCHEME", "no host at all", "mailto:a@example.com", "blob:https://example.com/a"],
  ["PH_URL_SCHEME", "a socket in a file", "unix:/var/run/docker.sock", "http+unix://%2Fvar/"],
  ["PH_URL_SCHEME", "a name taken for a scheme", "example.com:443", "localhost:3000/hooks"],
  ["PH_URL_SCHEME", "a scheme of two", "jar:https://example.com!/", "view-source:https://a.com/"],
];

const userinfos: Refused = [
  ["PH_URL_USERINFO", "a user name", "https://user@example.com/", "https://%20@example.com/"],
  ["PH_URL_USERINFO", "a password", "https://a:b@example.com/", "https://:secret@example.com/"],
  ["PH_URL_USERINFO", "looks like the host", "https://example.com@169.254.169.254/"],
  ["PH_URL_USERINFO", "looks like the host", "https://example.com%2F@127.0.0.1/"],
  ["PH_URL_USERINFO", "looks like the host", "https://example.com&@127.0.0.1/"],
  ["PH_URL_USERINFO", "looks like the host", "https://example.com:443@127.0.0.1/"],
  ["PH_URL_USERINFO", "two of them", "https://a@b@127.0.0.1/", "https://a:b@c:d@example.com/"],
];

/** Ports below 1024. The ports from 1024 up are in `deniedPorts`. */
const ports: Refused = [
  ["PH_URL_PORT", "nothing listens there", "https://example.com:0/", "https://8.8.8.8:00/"],
  ["PH_URL_PORT", "SSH, SMTP", "https://example.com:22/", "https://8.8.8.8:25/"],
  ["PH_URL_PORT", "beside 80 and 443", "https://example.com:79/", "https://example.com:81/"],
  ["PH_URL_PORT", "beside 80 and 443", "https://example.com:442/", "https://example.com:444/"],
  ["PH_URL_PORT", "the last privileged port", "https://example.com:1023/"],
  ["PH_URL_PORT", "said before the address is", "https://127.0.0.1:6379/", "https://[::1]:22/"],
];

const names: Refused = [
  ["PH_URL_HOST", "this host", "https://localhost/", "https://LOCALHOST/", "https://localhost./"],
  ["PH_URL_HOST", "this host", "https://a.localhost/", "https://ｌocalhost/", "https://ⓛocalhost/"],
  ["PH_URL_HOST", "completed from a search list", "https://intranet/", "https://metadata/"],
  ["PH_URL_HOST", "multicast DNS", "https://printer.local/", "https://PRINTER.LOCAL./"],
  ["PH_URL_HOST", "Google Cloud's metadata", "https://metadata.google.internal/"],
  [
    "PH_URL_HOST",
    "Google Cloud's metadata",
    "https://metadata.google.internal./computeMetadata/v1/",
  ],
  ["PH_URL_HOST", "Kubernetes", "https://kubernetes.default.svc/"],
  ["PH_URL_HOST", "Kubernetes", "https://kubernetes.default.svc.cluster.local/"],
  ["PH_URL_HOST", "private use", "https://instance-data.ec2.internal/", "https://internal/"],
  ["PH_URL_HOST", "Docker's host", "https://host.docker.internal/", "https://a.internal。/"],
  ["PH_URL_HOST", "a home network", "https://nas.home.arpa/", "https://nas.home%2earpa/"],
];

const addresses: Refused = [
  ["PH_URL_ADDRESS", "plain", "https://127.0.0.1/", "https:127.0.0.1", "https:/127.0.0.1"],
  ["PH_URL_ADDRESS", "a trailing dot", "https://127.0.0.1./", "https://127.0.0.1%2e/"],
  ["PH_URL_ADDRESS", "short forms", "https://127.1/", "https://127.0.1/", "https://0/"],
  ["PH_URL_ADDRESS", "a number", "https://2130706433/", "https://0x7f000001/", "https://0x0/"],
  ["PH_URL_ADDRESS", "hexadecimal parts", "https://0x7f.1/", "https://0x7F.0x0.0x0.0x1/"],
  ["PH_URL_ADDRESS", "octal", "https://0177.0.0.01/", "https://017700000001/"],
  ["PH_URL_ADDRESS", "mixed", "https://0x7f.000.1/", "https://0251.0xfe.43518/"],
  ["PH_URL_ADDRESS", "other digits", "https://１２７.0.0.1/", "https://①②⑦.0.0.1/"],
  ["PH_URL_ADDRESS", "other digits", "https://𝟏𝟐𝟕.0.0.1/", "https://¹²⁷.0.0.1/"],
  ["PH_URL_ADDRESS", "other full stops", "https://127。0。0。1/", "https://127．0．0｡1/"],
  ["PH_URL_ADDRESS", "percent-encoded", "https://%31%32%37.0.0.1/", "https://127%2E0%2e0%2E1/"],
  ["PH_URL_ADDRESS", "characters that go", "https://127\t.0.0.1/", "https://127.0.\u00AD0.1/"],
  ["PH_URL_ADDRESS", "characters that go", "https://127.0.0.\n1/", "https://127\u200B.0.0.1/"],
  ["PH_URL_ADDRESS", "backslashes", "https:\\\\127.0.0.1\\", "https://127.0.0.1\\@example.com/"],
  ["PH_URL_ADDRESS", "another host behind", "https://127.0.0.1#@example.com/"],
  ["PH_URL_ADDRESS", "another host behind", "https://127.0.0.1?@example.com/"],
  ["PH_URL_ADDRESS", "metadata", "https://169.254.169.254/latest/meta-data/"],
  ["PH_URL_ADDRESS", "metadata", "https://0xa9fea9fe/", "https://2852039166/"],
  ["PH_URL_ADDRESS", "metadata", "https://[::ffff:a9fe:a9fe]/", "https://[fd00:ec2::254]/"],
  ["PH_URL_ADDRESS", "metadata", "https://100.100.100.200/", "https://168.63.129.16/"],
  ["PH_URL_ADDRESS", "IPv6 loopback", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/"],
  ["PH_URL_ADDRESS", "unspecified", "https://[::]/", "https://0.0.0.0/", "https://[::0.0.0.0]/"],
  ["PH_URL_ADDRESS", "IPv4-mapped", "https://[::ffff:127.0.0.1]/", "https://[::FFFF:7F00:1]/"],
  ["PH_URL_ADDRESS", "IPv4-mapped", "https://[0:0:0:0:0:ffff:127.0.0.1]/"],
  ["PH_URL_ADDRESS", "IPv4-compatible", "https://[::7f00:1]/", "https://[::127.0.0.1]/"],
  ["PH_URL_ADDRESS", "NAT64", "https://[64:ff9b::8.8.8.8]/", "https://[64:ff9b:1::a00:1]/"],
  ["PH_URL_ADDRESS", "6to4, Teredo", "https://[2002:808:808::1]/", "https://[2001::1]/"],
  ["PH_URL_ADDRESS", "ISATAP", "https://[2606:4700::5efe:7f00:1]/"],
  ["PH_URL_ADDRESS", "private, on an open port", "https://10.0.0.1:8443/", "https://192.168.1:80/"],
];

const loopback = "127.0.0.0/8,::1/128";

/** A range allows every scheme and port for its own addresses, and nothing for others. */
const withLoopback: readonly (readonly [code: ErrorCode | null, reason: string, url: string])[] = [
  [null, "http is open inside", "http://127.0.0.1/"],
  [null, "all ports are open inside", "http://127.0.0.1:22/"],
  [null, "all ports are open inside", "http://127.0.0.1:6379/"],
  [null, "all ports are open inside", "https://127.255.255.255:1/"],
  [null, "all ports are open inside", "http://[::1]:5432/"],
  [null, "IPv4-mapped is the IPv4 address", "http://[::ffff:127.0.0.1]:3000/"],
  [null, "a number is the address", "http://2130706433:3000/"],
  ["PH_URL_SCHEME", "outside", "http://10.0.0.1/"],
  ["PH_URL_SCHEME", "outside", "http://8.8.8.8/"],
  ["PH_URL_SCHEME", "outside: a mapped one of another", "http://[::ffff:10.0.0.1]:3000/"],
  ["PH_URL_PORT", "outside", "https://8.8.8.8:6379/"],
  ["PH_URL_PORT", "outside", "https://126.255.255.255:22/"],
  ["PH_URL_ADDRESS", "outside", "https://10.0.0.1/"],
  ["PH_URL_ADDRESS", "outside: this network", "https://0.0.0.0/"],
  ["PH_URL_ADDRESS", "outside: the neighbour", "https://[::2]/"],
  ["PH_URL_ADDRESS", "outside: IPv4-compatible", "https://[::7f00:1]/"],
  ["PH_URL_ADDRESS", "outside: NAT64", "https://[64:ff9b::7f00:1]/"],
  ["PH_URL_ADDRESS", "outside: 6to4", "https://[2002:7f00:1::1]/"],
  ["PH_URL_USERINFO", "never open", "http://user@127.0.0.1/"],
  ["PH_URL_PORT", "never open", "http://127.0.0.1:0/"],
  ["PH_URL_SCHEME", "never open", "ftp://127.0.0.1/"],
];

/** If a range is allowed, a name that violates a rule is accepted until its addresses are known. */
const namesWithLoopback: readonly (readonly [unlessException: ErrorCode, url: string])[] = [
  ["PH_URL_SCHEME", "http://inbox.example.com/"],
  ["PH_URL_SCHEME", "http://localhost:3000/"],
  ["PH_URL_PORT", "https://inbox.example.com:6379/"],
  ["PH_URL_HOST", "https://receiver.default.svc/"],
  ["PH_URL_HOST", "https://localhost/"],
];

function row(url: string, reason: string, facts: Partial<UrlRow>): UrlRow {
  return { allowCidrs: "", code: null, href: null, unlessException: null, ...facts, url, reason };
}

export const urlCorpus: readonly UrlRow[] = [
  ...taken.map(([url, href, reason]) => row(url, reason, { href })),
  ...[invalid, schemes, userinfos, ports, names, addresses]
    .flat()
    .flatMap(([code, reason, ...urls]) => urls.map((url) => row(url, reason, { code }))),
  ...withLoopback.map(([code, reason, url]) => row(url, reason, { code, allowCidrs: loopback })),
  ...namesWithLoopback.map(([unlessException, url]) =>
    row(url, "depends on where the name leads", { unlessException, allowCidrs: loopback }),
  ),
];

/** All denied ports from 1024 up, each with the name of its service. */
export const deniedPorts: readonly (readonly [service: string, ports: string])[] = [
  ["SQL Server, Oracle, Firebird", "1433 1434 1521 2483 2484 3050"],
  ["MySQL, PostgreSQL, PgBouncer, CockroachDB", "3306 33060 5432 5433 6432 26257"],
  ["CouchDB, Elasticsearch, InfluxDB, ArangoDB", "5984 6984 9200 9300 8086 8529"],
  [
    "Cassandra, MongoDB, RethinkDB, Neo4j",
    "7199 9042 9160 27017 27018 27019 28017 28015 7474 7687",
  ],
  ["Redis, memcached", "6379 6380 16379 26379 11211"],
  ["RabbitMQ, Erlang, MQTT, NATS", "5671 5672 15671 15672 25672 4369 1883 8883 4222"],
  ["Kafka, Pulsar, ActiveMQ", "9092 9093 9094 6650 61613 61614 61616"],
  ["Docker, etcd, ZooKeeper", "2375 2376 2377 2379 2380 4001 2181 2888 3888"],
  ["Kubernetes", "6443 10248 10249 10250 10255 10256 10257 10259"],
  ["Consul, Vault, Nomad", "8300 8301 8302 8500 8501 8600 8200 8201 4646 4647 4648"],
  ["Salt, Puppet", "4505 4506 8140"],
  ["proxies, Tor", "1080 3128 9050 9051"],
  ["remote desktops, WinRM", "3389 5900 5901 5902 5903 5985 5986"],
  ["debuggers, RMI, AJP, distcc", "1098 1099 5005 9222 9229 8009 3632"],
  ["iSCSI, Subversion, Git, printers", "3260 3690 9418 9100"],
  ["IRC", "6660 6661 6662 6663 6664 6665 6666 6667 6668 6669 6679 6697"],
  [
    "the Fetch standard's other bad ports",
    "1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566",
  ],
  ["the Fetch standard's other bad ports", "10080"],
];
