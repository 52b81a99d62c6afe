/** The destination `http`: a URL to which every node can send. */
import type { Destination, Transport } from "../pipeline/ports.ts";

/** @param transport closed together with the destination. */
export function httpDestination(transport: Pick<Transport, "send" | "close">): Destination {
  return {
    send({ url, headers, body, timeoutMs }) {
      // A constraint of the database prevents this case.
      if (url === null) throw new Error("The endpoint has no URL.");
      return transport.send({ url, headers, body, timeoutMs });
    },
    close: () => transport.close(),
  };
}
