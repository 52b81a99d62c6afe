/** Every target, in the order of the report. */
import { contractTargets } from "./contracts.ts";
import { settleTargets } from "./settle.ts";
import { signatureTargets } from "./signatures.ts";
import type { PureTarget, ServedTarget } from "./target.ts";
import { tokenTargets } from "./tokens.ts";

export const pureTargets: readonly PureTarget[] = [
  ...signatureTargets,
  ...settleTargets,
  ...contractTargets,
  ...tokenTargets,
];

export const servedTargets: readonly ServedTarget[] = [];
