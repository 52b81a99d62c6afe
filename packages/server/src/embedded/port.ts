/** Chooses a port for the embedded server. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

const host = "127.0.0.1";

/** The lowest port to choose. Lower ports are often chosen by users for their own services. */
const portLeast = 20_000;

/** How many ports to try before asking the system for any free one. */
const triesMax = 20;

/**
 * Returns a port of the loopback address that was free a moment ago. The port is outside the
 * system's range for outgoing connections, if the system tells the range. The server needs the same
 * port again when it restarts. A client that keeps connecting to a port in that range while nobody
 * listens can get the same port for its own end, and keep it.
 */
export async function freePort(): Promise<number> {
  const outgoingLeast = await firstOutgoingPort();
  if (outgoingLeast > portLeast) {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const port = await listenable(randomInt(portLeast, outgoingLeast)).catch(() => null);
      if (port !== null) return port;
    }
  }
  return listenable(0);
}

/**
 * Returns a port if it is free.
 * @throws the system's error if it is in use.
 */
async function listenable(wanted: number): Promise<number> {
  const server = createServer();
  server.listen(wanted, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string")
    throw new Error("the system assigned no port");
  return address.port;
}

/** The first port of the range for outgoing connections; 0 if it is unknown (not on Linux). */
async function firstOutgoingPort(): Promise<number> {
  try {
    const text = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
    return Number(text.split(/\s/, 1)[0]);
  } catch {
    return 0;
  }
}
