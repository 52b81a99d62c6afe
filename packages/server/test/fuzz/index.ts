/** Every target, in the order of the report. */
import { contractTargets } from "./contracts.ts";
import { httpPublishTargets } from "./http-publish.ts";
import { httpRawTargets } from "./http-raw.ts";
import { httpWriteTargets } from "./http-write.ts";
import { httpQueryTargets } from "./http-query.ts";
import { queryTargets } from "./query.ts";
import { settleTargets } from "./settle.ts";
import { signatureTargets } from "./signatures.ts";
import type { PureTarget, ServedTarget } from "./target.ts";
import { tokenTargets } from "./tokens.ts";

export const pureTargets: readonly PureTarget[] = [
  ...signatureTargets,
  ...settleTargets,
  ...contractTargets,
  ...tokenTargets,
  ...queryTargets,
];

export const servedTargets: readonly ServedTarget[] = [
  ...httpQueryTargets,
  ...httpPublishTargets,
  ...httpWriteTargets,
  ...httpRawTargets,
];
