/** Records what happened, independently of Posthorn, and checks what must always hold. */
export const sometimes = [
  "lease taken over after its end",
  "late write refused",
  "429 with Retry-After, then success",
  "410 turned an endpoint off",
  "publish with unknown outcome",
  "settlement with unknown outcome",
  "settlement recognised as written before",
  "node crashed with work",
  "abandoned lease reaped",
  "dead node's work taken over",
  "dead node's work taken over at once",
  "dead letter",
  "dead letter requeued and delivered",
  "in-flight cap reached",
  "attempt held: posthorn was short of something itself",
  "event received twice",
  "delivery held for an inactive endpoint, and sent later",
  "delivery held during a pause, and sent later",
  "delivery cancelled",
  "fan-out in the background",
  "node crashed during a fan-out",
  "fan-out failed for one delivery",
  "clock stepped",
  "publish committed a minute after its id was created",
  "response lost after the receiver's success",
  "claimed for a terminal that then disconnected",
  "terminal disconnected before it answered",
  "delivery held for a terminal, and sent later",
  "delivery cancelled by its transformation",
  "attempt postponed by the sandbox",
] as const;
export type Sometimes = (typeof sometimes)[number];

export interface ReceivedRequest {
  readonly deliveryId: string;
  readonly eventId: string;
  readonly endpointId: string;
  readonly atMs: number;
  readonly isSuccess: boolean;
}

/** Thrown as soon as something forbidden happens. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export class Ledger {
  readonly seen = new Set<Sometimes>();
  /** Events that a publisher knows are stored. */
  readonly acknowledged = new Set<string>();
  /**
   * The endpoints that subscribed to an event when it was stored. An entry is removed when all of
   * them have their delivery.
   */
  readonly wanted = new Map<string, readonly string[]>();
  readonly requests = new Map<string, ReceivedRequest[]>();
  /**
   * The earliest time at which each pending delivery's next attempt may start, according to its
   * settlement.
   */
  readonly notBeforeMs = new Map<string, number>();
  readonly requeues = new Map<string, number>();
  /** Deliveries that a node held when its process or its store failed. */
  readonly disturbances = new Map<string, number>();
  readonly history: string[] = [];
  violations: string[] = [];

  note(line: string): void {
    this.history.push(line);
  }

  saw(what: Sometimes): void {
    this.seen.add(what);
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  disturbed(deliveryId: string): void {
    this.disturbances.set(deliveryId, (this.disturbances.get(deliveryId) ?? 0) + 1);
  }
}
