/** A request whose text does not depend on the time at which it is sent. */
import type { OutgoingRequest, SignedRequest } from "../../pipeline/ports.ts";

type Ready = SignedRequest & Pick<OutgoingRequest, "url" | "timeoutMs">;

export function readyRequest({ headers, body, ...rest }: Ready): OutgoingRequest {
  return { ...rest, sign: () => ({ headers, body }) };
}
