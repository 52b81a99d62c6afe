/**
 * Decides whether Posthorn kept its promises: compares what publishers and receivers recorded with
 * the final database. A pure function, so that tests can call it with false data.
 */
import type { Arrival, Ledger } from "./parts/ledger.ts";

/** A delivery in its final state. */
export interface FinalDelivery {
  readonly id: string;
  readonly event_id: string;
  readonly endpoint_id: string;
  /** `held` if the delivery is pending because its endpoint is off. */
  readonly status: string;
  readonly attempts: number;
}

export interface Verdict {
  readonly violations: readonly string[];
  /** The number of acknowledged events, times the number of their endpoints. */
  readonly deliveriesOwed: number;
  /** Requests for a delivery after one that got a 2xx. */
  readonly duplicates: number;
}

export interface OracleOptions {
  /** How many attempts the schedule allows for a delivery. */
  readonly attemptsMax: number;
  /** A fault explains requests that were in flight up to this many ms before and after it. */
  readonly faultReachMs?: number;
}

/**
 * How long before a fault a request may have been in flight, or its outcome may not have been
 * written yet.
 */
const faultReachDefaultMs = 5_000;
const quotedMax = 5;

export function judge(
  ledger: Ledger,
  deliveries: readonly FinalDelivery[],
  options: OracleOptions,
): Verdict {
  const arrivals = new Map<string, Arrival[]>();
  for (const arrival of ledger.arrivals) {
    const pair = pairOf(arrival.eventId, arrival.endpointId);
    const known = arrivals.get(pair);
    if (known === undefined) arrivals.set(pair, [arrival]);
    else known.push(arrival);
  }
  const final = new Map(
    deliveries.map((each) => [pairOf(each.event_id, each.endpoint_id), each] as const),
  );
  const complaints = new Complaints();
  const deliveriesOwed = judgeAcknowledged(ledger, final, arrivals, complaints);
  judgeArrivals(ledger, final, complaints);
  const duplicates = judgeRepeats(ledger, final, arrivals, options, complaints);
  for (const refusal of ledger.refusals) complaints.add("refused", refusal);
  return { violations: complaints.sentences(), deliveriesOwed, duplicates };
}

const pairOf = (eventId: string, endpointId: string): string => `${eventId} ${endpointId}`;

/** Merges thousands of similar violations into one sentence with the first few examples. */
class Complaints {
  readonly #kinds = new Map<string, string[]>();

  add(kind: string, sentence: string): void {
    this.#kinds.set(kind, [...(this.#kinds.get(kind) ?? []), sentence]);
  }

  sentences(): string[] {
    return [...this.#kinds].map(
      ([kind, all]) => `${all.length} × ${kind}: ${all.slice(0, quotedMax).join(" ")}`,
    );
  }
}

/**
 * At every endpoint of its org, each acknowledged event has a delivery that has ended, and that
 * arrived if its status says so.
 */
function judgeAcknowledged(
  ledger: Ledger,
  final: ReadonlyMap<string, FinalDelivery>,
  arrivals: ReadonlyMap<string, readonly Arrival[]>,
  complaints: Complaints,
): number {
  let owed = 0;
  for (const { acknowledged, orgId } of ledger.publications.values()) {
    if (acknowledged === null) continue;
    for (const endpointId of ledger.endpoints.get(orgId) ?? []) {
      owed += 1;
      const pair = pairOf(acknowledged.eventId, endpointId);
      const status = final.get(pair)?.status;
      if (status === undefined) complaints.add("lost", `${pair} has no delivery.`);
      else if (status === "pending") complaints.add("stuck", `${pair} still waits.`);
      const accepted = (arrivals.get(pair) ?? []).some(({ status: answer }) => isSuccess(answer));
      if (status === "delivered" && !accepted) {
        complaints.add("never seen", `${pair} counts as delivered.`);
      }
    }
  }
  return owed;
}

/** Every event that arrived was published, has only this id, and is complete. */
function judgeArrivals(
  ledger: Ledger,
  final: ReadonlyMap<string, FinalDelivery>,
  complaints: Complaints,
): void {
  const idOfKey = new Map<string, string>();
  for (const { acknowledged, key } of ledger.publications.values()) {
    if (acknowledged !== null) idOfKey.set(key, acknowledged.eventId);
  }
  for (const { eventId, endpointId, key, fault } of ledger.arrivals) {
    const pair = pairOf(eventId, endpointId);
    if (fault !== null) complaints.add("bad signature", `${pair}: ${fault}`);
    const publication = ledger.publications.get(key);
    if (publication === undefined) complaints.add("never published", `${pair}: ${key}`);
    else if (!(ledger.endpoints.get(publication.orgId) ?? []).includes(endpointId)) {
      complaints.add("another org's", pair);
    }
    const first = idOfKey.get(key) ?? eventId;
    idOfKey.set(key, first);
    if (first !== eventId) complaints.add("two ids for one key", `${key}: ${first} and ${eventId}`);
    if (!final.has(pair)) complaints.add("sent but not stored", pair);
  }
}

/** Attempts follow the schedule, and a fault or replay of its own explains each additional one. */
function judgeRepeats(
  ledger: Ledger,
  final: ReadonlyMap<string, FinalDelivery>,
  arrivals: ReadonlyMap<string, readonly Arrival[]>,
  { attemptsMax, faultReachMs = faultReachDefaultMs }: OracleOptions,
  complaints: Complaints,
): number {
  const faultsAtMs = ledger.faults.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
  let duplicates = 0;
  for (const [pair, seen] of arrivals) {
    const delivery = final.get(pair);
    if (delivery !== undefined && delivery.attempts > attemptsMax) {
      complaints.add("above the schedule", `${pair} has ${delivery.attempts} attempts.`);
    }
    const inOrder = seen.toSorted((a, b) => a.atMs - b.atMs);
    const replays = ledger.replays.get(inOrder[0]?.endpointId ?? "") ?? 0;
    duplicates += repeatsOf(pair, inOrder, { faultsAtMs, faultReachMs, replays }, complaints);
  }
  return duplicates;
}

interface Reasons {
  readonly faultsAtMs: readonly number[];
  readonly faultReachMs: number;
  /** How often the delivery was replayed or retried. */
  readonly replays: number;
}

function repeatsOf(
  pair: string,
  inOrder: readonly Arrival[],
  { faultsAtMs, faultReachMs, replays }: Reasons,
  complaints: Complaints,
): number {
  let replaysLeft = replays;
  let duplicates = 0;
  let nextFault = 0;
  for (const [index, arrival] of inOrder.entries()) {
    const next = inOrder[index + 1];
    if (next === undefined || !isSuccess(arrival.status)) continue;
    duplicates += 1;
    // A fault explains a duplicate if it happened while the first request was in flight, and only
    // one duplicate.
    while ((faultsAtMs[nextFault] ?? Infinity) < arrival.atMs - faultReachMs) nextFault += 1;
    const faultAtMs = faultsAtMs[nextFault] ?? Infinity;
    if (faultAtMs <= Math.min(next.atMs, arrival.atMs + faultReachMs)) nextFault += 1;
    else if (replaysLeft > 0) replaysLeft -= 1;
    else {
      complaints.add("sent again without a reason", `${pair} at ${new Date(next.atMs).toJSON()}.`);
    }
  }
  return duplicates;
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
