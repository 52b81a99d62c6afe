/** A DNS server on loopback (RFC 1035) that knows a few names, for tests of a real resolver. */
import { createSocket } from "node:dgram";

export interface Zone {
  /** The name's IPv4 addresses. If empty, the name exists without any. */
  readonly a?: readonly string[];
  /** The name's IPv6 addresses, each as eight groups of up to four hexadecimal digits. */
  readonly aaaa?: readonly string[];
  readonly ttlSeconds?: number;
  /**
   * A chain of aliases before the addresses: the name points to the first alias, which points to
   * the second, and so on.
   */
  readonly aliases?: readonly string[];
  /** Query types that get no response. */
  readonly silent?: readonly ("a" | "aaaa")[];
  /** The response code of all responses about this name, e.g. 2 for SERVFAIL. */
  readonly code?: number;
}

export interface NameServer {
  readonly address: string;
  /** The queried names with the type of the query, e.g. `a hooks.example.com`. */
  readonly queries: readonly string[];
  close(): Promise<void>;
}

const types = new Map([
  [1, "a"],
  [28, "aaaa"],
] as const);
const nameUnknown = 3;

/** Starts a server. Names without a zone do not exist. */
export async function startNameServer(zones: Readonly<Record<string, Zone>>): Promise<NameServer> {
  const queries: string[] = [];
  const server = createSocket("udp4");
  server.on("message", (query, from) => {
    const { name, end } = readName(query, 12);
    const type = types.get(query.readUInt16BE(end) as 1 | 28);
    queries.push(`${type ?? "?"} ${name}`);
    const zone = zones[name];
    if (type === undefined || zone?.silent?.includes(type)) return;
    const code = zone === undefined ? nameUnknown : (zone.code ?? 0);
    const ttlSeconds = zone?.ttlSeconds ?? 60;
    const owners = [name, ...(zone?.aliases ?? [])];
    const records = [
      ...owners.slice(1).map((alias, index) => {
        return record("cname", encodedName(alias), { owner: owners[index] ?? "", ttlSeconds });
      }),
      ...(zone?.[type] ?? []).map((text) => {
        return record(type, addressBytes(type, text), { owner: owners.at(-1) ?? "", ttlSeconds });
      }),
    ];
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    server.send(Buffer.concat([head, query.subarray(12, end + 4), ...records]), from.port);
  });
  await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${server.address().port}`,
    queries,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** The name in the question, and the position of its type. */
function readName(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

const numberOf = { a: 1, cname: 5, aaaa: 28 } as const;

function record(
  type: "a" | "cname" | "aaaa",
  data: Buffer,
  { owner, ttlSeconds }: { readonly owner: string; readonly ttlSeconds: number },
): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(numberOf[type], 0);
  head.writeUInt16BE(1, 2);
  head.writeUInt32BE(ttlSeconds, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodedName(owner), head, data]);
}

function encodedName(name: string): Buffer {
  const labels = name.split(".").map((label) => {
    return Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]);
  });
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function addressBytes(type: "a" | "aaaa", text: string): Buffer {
  if (type === "a") return Buffer.from(text.split(".").map(Number));
  const groups = text.split(":").map((group) => group.padStart(4, "0"));
  return Buffer.from(groups.join(""), "hex");
}
