/**
 * The functions behind `/rest/v1/rpc/<name>`. Each checks the permission and then makes one call.
 */
import type { RestFunction } from "../rest/rpc.ts";
import { cancelDelivery, retryDelivery } from "./deliveries.ts";
import { checkUrl, sendTest } from "./endpoints.ts";
import { explainEvent } from "./explain.ts";
import { testFilter } from "./filters.ts";
import { importApplication, importEndpoint } from "./import-svix.ts";
import { eraseOrg } from "./orgs.ts";
import { answerTerminal } from "./terminals.ts";
import { testTransformation } from "./transformations.ts";
import type { FunctionDependencies } from "./dependencies.ts";
import { previewContract } from "./preview-contract.ts";
import { portalLink } from "./portal.ts";
import { cancelReplay, replay } from "./replays.ts";
import { endpointSecrets, rotateSecret, switchSecret } from "./secrets.ts";
import { sentRequest } from "./sent-request.ts";
import { deliveryStatistics, endpointHealthFunction, overviewFunction } from "./statistics.ts";

export type { FunctionDependencies } from "./dependencies.ts";

export function restFunctions(dependencies: FunctionDependencies): readonly RestFunction[] {
  return [
    retryDelivery(dependencies),
    cancelDelivery(dependencies),
    replay(dependencies),
    cancelReplay(dependencies),
    rotateSecret(dependencies),
    switchSecret(dependencies),
    endpointSecrets(dependencies),
    sendTest(dependencies),
    explainEvent(dependencies),
    eraseOrg(dependencies),
    portalLink(dependencies),
    checkUrl(dependencies),
    testFilter(dependencies),
    testTransformation(dependencies),
    sentRequest(dependencies),
    previewContract(dependencies),
    deliveryStatistics(dependencies),
    endpointHealthFunction(dependencies),
    overviewFunction(dependencies),
    answerTerminal(dependencies),
    importApplication(dependencies),
    importEndpoint(dependencies),
  ];
}
