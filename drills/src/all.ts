/** Every drill, in the order in which they run. */
import type { Drill } from "./drill.ts";
import { crash } from "./drills/crash.ts";
import { takeOver } from "./drills/take-over.ts";
import { crashPoints } from "./drills/crash-points.ts";
import { database } from "./drills/database.ts";
import { deploy } from "./drills/deploy.ts";
import { hardReader } from "./drills/hard-reader.ts";
import { receivers } from "./drills/receivers.ts";
import { failover } from "./drills/failover.ts";
import { twoNodes } from "./drills/two-nodes.ts";
import { vanish } from "./drills/vanish.ts";
import { upgrade } from "./drills/upgrade.ts";
import { transformations } from "./drills/transformations.ts";
import { wideOrg } from "./drills/wide-org.ts";

export const drills: readonly Drill[] = [
  crash,
  takeOver,
  vanish,
  crashPoints,
  twoNodes,
  database,
  failover,
  receivers,
  hardReader,
  transformations,
  deploy,
  upgrade,
  wideOrg,
];
