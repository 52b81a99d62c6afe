/** One simulated world: nodes that crash and freeze, receivers that misbehave, and publishers. */
import { loadContracts } from "../contracts/load.ts";
import { compileContract } from "../contracts/render.ts";
import { system } from "../model/audit.ts";
import { uuidV7 } from "../model/id.ts";
import { limits } from "../limits.ts";
import { Node } from "../pipeline/dispatch/node.ts";
import { takeOver } from "../pipeline/upkeep/take-over.ts";
import type { Store } from "../store/store.ts";
import { MemoryStore } from "../store/memory/memory-store.ts";
import { SeededRandom } from "./chance.ts";
import { NodeClock, VirtualClock } from "./clock.ts";
import { Ledger } from "./ledger.ts";
import {
  behaviours,
  SimulatedDestination,
  type Behaviour,
  type ReceiverWorld,
} from "./receivers.ts";
import { simulatedSource, SimulatedTransformer } from "./transformer.ts";
import { faultyStore, watchedStore, type Mutation } from "./watched-store.ts";

export const retryScheduleMs = [0, 2_000, 6_000, 15_000];
export const leaseMs = 30_000;
const startMs = Date.UTC(2026, 0, 1);
const nodesMax = 3;
const endpointsPerOrg = 4;
const inFlightMax = 2;
const contractName = "standard";
const attemptTimeoutMs = 10_000;
/**
 * Bounds so low that, if all endpoints of an org are active, its deliveries are created in the
 * background, in two steps or more.
 */
const fanOutBounds = { endpointsMax: 3, deliveriesMax: 4, stepMax: 2 };
const takeOverEachMs = 1_000;
const clockStepsMs = [-3_600_000, -600_000, -45_000, 45_000, 600_000, 3_600_000];

interface RunningNode {
  readonly node: Node;
  readonly clock: NodeClock;
  readonly destination: SimulatedDestination;
  readonly store: Store;
}

export class World {
  readonly clock = new VirtualClock(startMs);
  readonly random: SeededRandom;
  readonly ledger = new Ledger();
  readonly store: MemoryStore;
  readonly faults = { isOn: true };
  readonly orgIds: readonly string[];
  /** Deliveries that were pending when their endpoint was turned off. */
  readonly held = new Set<string>();
  /** Deliveries that were pending when their endpoint was paused. */
  readonly paused = new Set<string>();
  /** Deliveries that were pending when their terminal disconnected. */
  readonly heldForTerminal = new Set<string>();
  /**
   * How many crashes and freezes there were. Each may cost a delivery one attempt that nobody
   * recorded.
   */
  upsets = 0;
  readonly #broken: Mutation;
  readonly #shared: ReturnType<typeof watchedStore>;
  readonly #receivers: ReceiverWorld;
  readonly #nodes: RunningNode[] = [];
  /**
   * The ids of the crashed nodes that the store knows to be dead. The deliveries of all other
   * crashed nodes wait until their leases expire.
   */
  readonly #noticedDead: string[] = [];

  constructor(seed: number, broken: Mutation) {
    this.random = new SeededRandom(seed);
    this.#broken = broken;
    this.store = new MemoryStore({
      // Without its own clock, the store trusts the nodes' times.
      ...(broken === "claims too early" ? {} : { now: () => this.clock.now() }),
      deadNodes: () => this.#noticedDead,
      isFenced: broken !== "no fence",
      forgetsFanOuts: broken === "forgets fan-outs",
      isUnstorable: (id) => this.isUnstorable(id),
      holdsBackFanOuts: broken === "a failed fan-out holds back its org",
      leasesAnyId: broken === "leases ids below the watermark",
    });
    this.#shared = watchedStore(this.store, this.ledger, () => this.clock.now());
    const document = loadContracts().get(contractName);
    if (document === undefined) throw new Error(`There is no contract ${contractName}.`);
    this.#receivers = {
      clock: this.clock,
      random: this.random,
      ledger: this.ledger,
      store: this.store,
      contract: compileContract({ ...document, timeoutMs: attemptTimeoutMs }),
      secret: `whsec_${Buffer.from(this.random.bytes(32)).toString("base64")}`,
      behaviourOf: new Map<string, Behaviour>(),
      faults: this.faults,
    };
    this.orgIds = [this.newId(), this.newId()];
    for (const orgId of this.orgIds) this.#addEndpoints(orgId);
    while (this.#nodes.length < nodesMax) this.#startNode();
  }

  /** Whether the background fan-out can never create this delivery: true for one of 8. */
  readonly isUnstorable = (deliveryId: string): boolean =>
    Number.parseInt(deliveryId.slice(-6, -4), 16) % 8 === 0;

  newId(): string {
    return uuidV7(this.clock.now(), this.random.bytes(10));
  }

  get nodes(): readonly RunningNode[] {
    return this.#nodes;
  }

  get endpointIds(): readonly string[] {
    return [...this.#receivers.behaviourOf.keys()];
  }

  #addEndpoints(orgId: string): void {
    for (let count = 0; count < endpointsPerOrg; count += 1) {
      const id = this.newId();
      this.#receivers.behaviourOf.set(id, this.random.oneOf(behaviours));
      const isTerminal = count === 0;
      this.store.putEndpoint({
        id,
        orgId,
        destination: isTerminal ? "cli" : "http",
        url: isTerminal ? null : `https://receiver.example/${id}`,
        isActive: true,
        contract: contractName,
        headers: {},
        transformation: count === 1 ? simulatedSource : null,
        inFlightMax,
        ratePerSecond: null,
        version: 1,
        secrets: [
          { name: null, secret: this.#receivers.secret, expiresAtMs: null, switchAtMs: null },
        ],
        eventTypes: null,
        isDeleted: false,
      });
    }
  }

  #startNode(): void {
    const { random, ledger, faults } = this;
    const clock = new NodeClock(this.clock);
    const destination = new SimulatedDestination(this.#receivers, clock);
    const store = faultyStore(this.#shared, {
      clock,
      random,
      faults,
      ledger,
      broken: this.#broken,
    });
    const node = new Node({
      store,
      destinations: { http: destination, cli: destination },
      transformer: new SimulatedTransformer({ clock, random, ledger, faults }),
      contracts: new Map([[contractName, this.#receivers.contract]]),
      eventTypes: { load: () => null, check: () => null },
      clock,
      random,
      observer: {
        attempted: () => {},
        leaseLost: () => {},
        deliveryUnreadable: (id, reason) => ledger.violated(`${id} is unreadable: ${reason}`),
        attemptHeld: () => {},
        fanOutFailed: () => {},
        storeFailed: () => {},
        sendThrew: (id, error) => ledger.violated(`sending ${id} threw ${String(error)}`),
      },
      retryScheduleMs,
      leaseMs,
      fanOut: fanOutBounds,
    });
    this.#nodes.push({ node, clock, destination, store });
    node.poller.isNotified = this.random.chance(0.5);
    node.start();
    this.#takeOverAgain(node, store, clock);
  }

  #takeOverAgain(node: Node, store: Store, clock: NodeClock): void {
    clock.after(takeOverEachMs, () => {
      const onTakenOver = (): void => undefined;
      // If the store is unavailable, the next turn tries again.
      void takeOver({ store, nodeId: node.id, onTakenOver })
        .then((deliveries) => deliveries > 0 && node.wake())
        .catch(() => undefined)
        .then(() => this.#takeOverAgain(node, store, clock));
    });
  }

  crashNode(): void {
    const index = Math.floor(this.random.fraction() * this.#nodes.length);
    const [crashed] = this.#nodes.splice(index, 1);
    if (crashed === undefined) return;
    this.upsets += 1;
    if (crashed.destination.inHand.size + crashed.node.queued > 0) {
      this.ledger.saw("node crashed with work");
    }
    if (this.store.fanOuts.size > 0) this.ledger.saw("node crashed during a fan-out");
    this.ledger.note(`${this.clock.now()} a node crashed`);
    crashed.clock.crash();
    if (this.random.chance(0.3)) this.clock.after(10, () => this.#reportDeath(crashed.node.id));
    if (this.random.chance(0.7)) {
      this.clock.after(limits.heartbeatLateMs, () => this.#noticedDead.push(crashed.node.id));
    }
    this.clock.after(this.random.between(500, 15_000), () => this.#startNode());
  }

  /** Reports a death to a running node immediately, as the first process of several does. */
  #reportDeath(nodeId: string): void {
    const [survivor] = this.#nodes;
    survivor?.store
      .takeOverFrom(nodeId)
      .then((deliveries) => {
        if (deliveries > 0) survivor.node.wake();
      })
      .catch(() => undefined);
  }

  freezeNode(): void {
    if (this.#nodes.length === 0) return;
    this.upsets += 1;
    this.ledger.note(`${this.clock.now()} a node froze`);
    this.random.oneOf(this.#nodes).clock.pause(this.random.between(leaseMs, 1.5 * leaseMs));
  }

  /**
   * Makes a clock wrong. Attempts in flight may then be sent again, both before and after the clock
   * is corrected.
   */
  stepClock(): void {
    if (this.#nodes.length === 0) return;
    this.upsets += 2;
    const stepMs = this.random.oneOf(clockStepsMs);
    this.ledger.note(`${this.clock.now()} the clock of a node stepped by ${stepMs} ms`);
    this.ledger.saw("clock stepped");
    this.random.oneOf(this.#nodes).clock.step(stepMs, this.random.between(1_000, 8_000));
  }

  setActive(id: string, isActive: boolean): void {
    const endpoint = this.store.endpoint(id);
    if (endpoint === undefined || endpoint.isDeleted) return;
    this.store.putEndpoint({ ...endpoint, isActive, version: endpoint.version + 1 });
    this.ledger.note(`${this.clock.now()} endpoint ${id} is ${isActive ? "on" : "off"}`);
    if (!isActive) {
      for (const row of this.store.deliveries.values()) {
        if (row.endpointId === id && row.status === "pending") this.held.add(row.id);
      }
    }
    this.#announce(id);
  }

  /** Pauses an endpoint. Its pending deliveries are sent after the pause, or after `setActive`. */
  pause(id: string, lastsMs: number): void {
    const endpoint = this.store.endpoint(id);
    if (endpoint === undefined || endpoint.isDeleted) return;
    const pausedUntilMs = this.clock.now() + lastsMs;
    this.store.putEndpoint({ ...endpoint, pausedUntilMs, version: endpoint.version + 1 });
    this.ledger.note(`${this.clock.now()} endpoint ${id} is paused until ${pausedUntilMs}`);
    for (const row of this.store.deliveries.values()) {
      if (row.endpointId === id && row.status === "pending") this.paused.add(row.id);
    }
    this.#announce(id);
  }

  /**
   * Disconnects each terminal, and connects it to one of the nodes or to none. The earlier node
   * does not always notice, as if the connection had vanished silently.
   */
  moveTerminals(isConnected = this.random.chance(0.7)): void {
    for (const id of this.endpointIds) {
      const endpoint = this.store.endpoint(id);
      if (endpoint?.destination !== "cli") continue;
      const node = isConnected && this.#nodes.length > 0 ? this.random.oneOf(this.#nodes) : null;
      const sessionId = node === null ? null : this.newId();
      for (const { destination } of this.#nodes) {
        if (!this.random.chance(0.2)) destination.sessions.delete(id);
      }
      this.store.putEndpoint({ ...endpoint, sessionId });
      if (node !== null && sessionId !== null) node.destination.sessions.set(id, sessionId);
      if (node === null) this.#holdPending(id);
      this.ledger.note(
        `${this.clock.now()} terminal ${id} ${node === null ? "left" : "connected"}`,
      );
    }
  }

  #holdPending(endpointId: string): void {
    for (const row of this.store.deliveries.values()) {
      const isHeld = row.endpointId === endpointId && row.status === "pending";
      if (isHeld && row.leasedUntilMs === null) this.heldForTerminal.add(row.id);
    }
  }

  deleteEndpoint(id: string): void {
    const endpoint = this.store.endpoint(id);
    if (endpoint === undefined) return;
    const change = { isDeleted: true, isActive: false, version: endpoint.version + 1 };
    this.store.putEndpoint({ ...endpoint, ...change });
    this.ledger.note(`${this.clock.now()} endpoint ${id} was deleted`);
    this.#announce(id);
  }

  /** Announces a change. Notifications are hints, so some of them get lost. */
  #announce(id: string): void {
    for (const { node } of this.#nodes) {
      if (!this.random.chance(0.2)) void node.endpointsChanged([id]);
    }
  }

  requeue(id: string): void {
    void this.#shared.requeue(id, this.clock.now(), system);
  }

  cancel(id: string): void {
    void this.#shared.cancel(id, this.clock.now(), system);
  }
}
