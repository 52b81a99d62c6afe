/**
 * Starts the probe: its receiver before the transport exists, and everything else with the node.
 */
import type { Config } from "../config/config.ts";
import { startProbeReceiver, probeReceiverHost } from "./receiver.ts";
import { limits } from "../limits.ts";
import { probeEndpointId, probeUrl } from "../model/probe.ts";
import type { SecretBox } from "../model/secret-box.ts";
import type { Logger } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { startLoop } from "../pipeline/upkeep/loop.ts";
import type { Node } from "../pipeline/dispatch/node.ts";
import type { Clock, Random } from "../pipeline/ports.ts";
import { Prober } from "./prober.ts";
import { createProbeStore } from "./store.ts";
import type { Pool } from "../postgres/pool.ts";
import type { ContractRules } from "../registry/endpoint-secrets.ts";
import type { Store } from "../store/store.ts";
import type { OwnReceivers } from "../transport/index.ts";

/** The contract of the probe's endpoint: the consumer package verifies Standard Webhooks. */
const contractName = "standard";

/** Collects functions that stop what was started. */
interface Teardown {
  add(step: () => Promise<void>): void;
}

/**
 * Starts the receiver. Returns the receivers to which the transport connects directly; empty if
 * probes are off.
 */
export async function openProbeReceiver(
  { probeMs }: Config,
  store: () => Store,
  teardown: Teardown,
): Promise<OwnReceivers> {
  if (probeMs === 0) return new Map();
  const receiver = await startProbeReceiver(async () => {
    const [endpoint] = await store().endpoints([probeEndpointId]);
    return (endpoint?.secrets ?? []).map(({ secret }) => secret);
  });
  teardown.add(() => receiver.close());
  return new Map([[probeUrl, { address: probeReceiverHost, port: receiver.port }]]);
}

export interface ProbeDependencies {
  readonly config: Config;
  readonly pool: Pool;
  readonly secretBox: SecretBox;
  readonly compiledContracts: ReadonlyMap<string, ContractRules>;
  readonly clock: Clock;
  readonly random: Random;
  readonly node: Node;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Returns null if probes are off. */
export function startProbe(dependencies: ProbeDependencies, teardown: Teardown): Prober | null {
  const { config, pool, secretBox, clock, random, node, metrics, logger } = dependencies;
  const contract = dependencies.compiledContracts.get(contractName);
  if (config.probeMs === 0 || contract === undefined) return null;
  const prober = new Prober({
    store: createProbeStore({ database: pool, secretBox, random, contract }),
    clock,
    nodeId: node.id,
    periodMs: config.probeMs,
    publish: (events) => node.publish(events),
    onArrived: (durationMs) => metrics.probeArrived(durationMs),
  });
  metrics.watch("probeAgeSeconds", () => prober.quietMs / 1000);
  const loop = startLoop({
    clock,
    pauseMs: Math.min(limits.probeStepMs, config.probeMs),
    round: () => prober.step(),
    onFailed: (error) => logger.warn({ error }, "sending a probe failed; the next one follows"),
  });
  teardown.add(() => {
    prober.stop();
    return loop.stop();
  });
  return prober;
}
