/** The functions behind `/rest/v1/rpc/<name>`: each checks whose it is, then makes one call. */
import type { RestFunction } from "../rest/rpc.ts";
import { cancelDelivery, retryDelivery } from "./deliveries.ts";
import { checkUrl, sendTest } from "./endpoints.ts";
import { explainEvent } from "./explain.ts";
import { eraseOrg } from "./orgs.ts";
import type { FunctionParts } from "./parts.ts";
import { portalLink } from "./portal.ts";
import { cancelReplay, replay } from "./replays.ts";
import { rotateSecret, switchSecret } from "./secrets.ts";
import { sentRequest } from "./sent-request.ts";
import { deliveryStatistics, endpointHealthFunction, overviewFunction } from "./statistics.ts";

export type { FunctionParts } from "./parts.ts";

export function restFunctions(parts: FunctionParts): readonly RestFunction[] {
  return [
    retryDelivery(parts),
    cancelDelivery(parts),
    replay(parts),
    cancelReplay(parts),
    rotateSecret(parts),
    switchSecret(parts),
    sendTest(parts),
    explainEvent(parts),
    eraseOrg(parts),
    portalLink(parts),
    checkUrl(parts),
    sentRequest(parts),
    deliveryStatistics(parts),
    endpointHealthFunction(parts),
    overviewFunction(parts),
  ];
}
