/** The destination `http`: a URL to which every node can send. */
import type {
  Destination,
  OutgoingMessage,
  OutgoingRequest,
  Transport,
} from "../pipeline/ports.ts";

/** @param transport closed together with the destination. */
export function httpDestination(transport: Pick<Transport, "send" | "close">): Destination {
  return {
    send(message) {
      // A constraint of the database prevents this case.
      if (!hasUrl(message)) throw new Error("The endpoint has no URL.");
      return transport.send(message);
    },
    close: () => transport.close(),
  };
}

function hasUrl(message: OutgoingMessage): message is OutgoingMessage & OutgoingRequest {
  return message.url !== null;
}
