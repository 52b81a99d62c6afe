/** Every operation of Svix's API that Posthorn has, except the health. */
import { applicationOperations } from "./applications.ts";
import { attemptOperations } from "./attempts.ts";
import type { Operation } from "./call.ts";
import { deliveryOperations } from "./deliveries.ts";
import { endpointSettingOperations } from "./endpoint-settings.ts";
import { endpointOperations } from "./endpoints.ts";
import { eventTypeOperations } from "./event-types.ts";
import { messageOperations } from "./messages.ts";
import { portalOperations } from "./portal.ts";
import { taskOperations } from "./tasks.ts";

export const svixOperations: readonly Operation[] = [
  ...portalOperations,
  ...applicationOperations,
  ...endpointOperations,
  ...endpointSettingOperations,
  ...eventTypeOperations,
  ...messageOperations,
  ...attemptOperations,
  ...deliveryOperations,
  ...taskOperations,
];
