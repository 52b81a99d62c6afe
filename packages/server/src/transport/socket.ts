/**
 * Opens sockets, and only to checked addresses. The URL's host is used for the TLS server name and
 * the certificate check, never to decide where to connect.
 */
import { connect as connectTcp, isIPv6, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { limits } from "../limits.ts";
import { canonicalAddress } from "./address-guard.ts";

/** The phase of a connection, which determines who is responsible for an error. */
export type ConnectionPhase = "connecting" | "securing" | "open";

export interface SocketTarget {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** At least one address, each checked and in canonical form. */
  readonly addresses: readonly string[];
}

export interface SocketOptions {
  readonly target: SocketTarget;
  /** Certificate authorities (PEM) to trust instead of Node's own. */
  readonly ca: string | undefined;
  /**
   * The TLS session of an earlier connection to the same origin. It saves both sides most of the
   * handshake.
   */
  readonly session: Buffer | undefined;
  onSession(session: Buffer): void;
  /** Called when the TCP connection to this address is open. A TLS handshake may still follow. */
  onConnected(remoteAddress: string): void;
  /**
   * Called once: with null when the socket is ready, or with an error. Not called if the socket is
   * destroyed before that.
   */
  onReady(error: Error | null): void;
}

const tcpKeepAliveMs = 60_000;

/** If the returned socket is destroyed without an error, `onReady` is not called. */
export function openSocket(options: SocketOptions): Socket {
  const { target } = options;
  const socket = target.secure ? secureSocket(options) : connectTcp(tcpOptions(target));
  // Sends small requests immediately. Otherwise they wait for an acknowledgement or 40 ms.
  socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
  let isReported = false;
  const report = (error: Error | null): void => {
    if (isReported) return;
    isReported = true;
    options.onReady(error);
  };
  socket.once("connect", () => {
    const remoteAddress = canonicalAddress(socket.remoteAddress ?? "");
    // According to Node's documentation this cannot happen. If it does, nothing must be sent.
    if (remoteAddress === null || !target.addresses.includes(remoteAddress)) {
      socket.destroy(new Error("The socket was connected to an address that was not checked."));
      return;
    }
    options.onConnected(remoteAddress);
    if (!target.secure) report(null);
  });
  socket.once("secureConnect", () => report(null));
  // This listener is never removed, because an error event without a listener would end the
  // process.
  socket.on("error", report);
  return socket;
}

function secureSocket(options: SocketOptions): Socket {
  const { target, ca, session } = options;
  const socket = connectTls({
    ...tcpOptions(target),
    // An IP address is not sent as a server name (RFC 6066, section 3). The certificate is then
    // checked against the address.
    servername: canonicalAddress(target.hostname) === null ? target.hostname : "",
    ALPNProtocols: ["http/1.1"],
    minVersion: "TLSv1.2",
    // This is set explicitly, because NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would
    // otherwise turn the check off.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(session === undefined ? {} : { session }),
  });
  return socket.on("session", (latest) => options.onSession(latest));
}

/**
 * A single address is used directly. If there are several, Node tries one after the other,
 * alternating between families (RFC 8305). `lookup` returns them, so Node never resolves the name
 * itself.
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
