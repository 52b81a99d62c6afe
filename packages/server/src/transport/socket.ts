/**
 * Opens sockets, only to checked addresses. The URL's host is used for the name in the TLS
 * handshake and for the certificate check, never to decide where to connect.
 */
import { connect as connectTcp, isIPv6, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { limits } from "../limits.ts";
import { canonicalAddress } from "./address-guard.ts";

/** The phase of a connection; it says who is at fault for an error. */
export type ConnectionPhase = "connecting" | "securing" | "open";

export interface SocketTarget {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** Checked and canonical; at least one. */
  readonly addresses: readonly string[];
}

export interface SocketOptions {
  readonly target: SocketTarget;
  /** Certificate authorities to trust instead of Node's own. */
  readonly ca: string | undefined;
  /** From an earlier connection to the same origin: saves both sides most of a handshake. */
  readonly session: Buffer | undefined;
  onSession(session: Buffer): void;
  /** The TCP connection is there, to this address; TLS may be still to come. */
  onConnected(remoteAddress: string): void;
  /** Called once, unless the socket is destroyed before: with null when it is ready for use. */
  onReady(error: Error | null): void;
}

const tcpKeepAliveMs = 60_000;

/** Destroying the returned socket without an error ends it without a call of `onReady`. */
export function openSocket(options: SocketOptions): Socket {
  const { target } = options;
  const socket = target.secure ? secureSocket(options) : connectTcp(tcpOptions(target));
  // Sends small requests immediately, instead of after 40 ms or an acknowledgement.
  socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
  let isReported = false;
  const report = (error: Error | null): void => {
    if (isReported) return;
    isReported = true;
    options.onReady(error);
  };
  socket.once("connect", () => {
    const remoteAddress = canonicalAddress(socket.remoteAddress ?? "");
    // Impossible by Node's documentation. If it happens, nothing of a request must be sent.
    if (remoteAddress === null || !target.addresses.includes(remoteAddress)) {
      socket.destroy(new Error("The socket was connected to an address that was not checked."));
      return;
    }
    options.onConnected(remoteAddress);
    if (!target.secure) report(null);
  });
  socket.once("secureConnect", () => report(null));
  // Stays for the socket's life: an error event without a listener would end the process.
  socket.on("error", report);
  return socket;
}

function secureSocket(options: SocketOptions): Socket {
  const { target, ca, session } = options;
  const socket = connectTls({
    ...tcpOptions(target),
    // An address is not sent as a server name (RFC 6066, section 3); the certificate is then
    // checked against the address itself.
    servername: canonicalAddress(target.hostname) === null ? target.hostname : "",
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    // Explicit, or NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(session === undefined ? {} : { session }),
  });
  return socket.on("session", (latest) => options.onSession(latest));
}

/**
 * A single address is used directly. Of several, Node tries one after the other, alternating
 * families (RFC 8305); it gets them from `lookup`, and has no other way to the name's addresses.
 */
function tcpOptions({ hostname, port, addresses }: SocketTarget): {
  host: string;
  port: number;
  lookup?: LookupFunction;
  autoSelectFamily?: boolean;
  autoSelectFamilyAttemptTimeout?: number;
} {
  const [first, ...others] = addresses;
  if (first === undefined) throw new Error("There is no address to connect to.");
  if (others.length === 0) return { host: first, port };
  const records = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return {
    host: hostname,
    port,
    lookup: (_hostname, _options, callback) => callback(null, records),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: limits.connectPerAddressMs,
  };
}
