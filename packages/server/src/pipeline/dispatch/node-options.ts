/** What a node needs. */
import type { CompiledContract } from "../../contracts/render.ts";
import type { Store } from "../../store/store.ts";
import type { Clock, Destinations, Observer, Random, Transformer } from "../ports.ts";
import type { FanOutSizing } from "../publish/fan-out.ts";
import type { EventTypeChecker } from "../publish/publish.ts";
import type { NodeBounds } from "./queue-bounds.ts";

export interface NodeOptions {
  readonly store: Store;
  readonly destinations: Destinations;
  /** It changes while the node runs, because the platform may change its contracts. */
  readonly contracts: ReadonlyMap<string, CompiledContract>;
  /**
   * Reads a contract that `contracts` lacks, because another node has created it a moment ago.
   * Null if that was tried just now. Never rejects.
   */
  readonly loadContract?: (name: string) => Promise<void> | null;
  /** Runs the endpoints' transformations. Without it, attempts with one fail. */
  readonly transformer?: Transformer;
  readonly eventTypes: EventTypeChecker;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** A retry schedule that replaces those of all contracts, for testing. */
  readonly retryScheduleMs?: readonly number[] | null;
  readonly leaseMs?: number;
  /** See `PublisherOptions`. Without it, these deliveries wait for the next poll. */
  readonly onDue?: () => void;
  /** How many deliveries a commit and a background step create. Only tests set this option. */
  readonly fanOut?: FanOutSizing;
  /** Smaller limits than those in `limits`. */
  readonly bounds?: Partial<NodeBounds>;
}
