/** The destination `http`: a URL, to which every node can send. */
import type { Destination, Transport } from "../pipeline/ports.ts";

/** @param transport is closed together with the destination. */
export function httpDestination(transport: Pick<Transport, "send" | "close">): Destination {
  return {
    send({ url, headers, body, timeoutMs }) {
      // The database has a constraint against it.
      if (url === null) throw new Error("The endpoint has no URL.");
      return transport.send({ url, headers, body, timeoutMs });
    },
    close: () => transport.close(),
  };
}
