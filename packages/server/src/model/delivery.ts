/**
 * The states of a delivery and the allowed changes between them. The table is complete: a store
 * rejects every change that is not in it.
 */

export const deliveryStatuses = ["pending", "delivered", "failed", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/**
 * - `deliver`: an attempt received a 2xx.
 * - `postpone`: an attempt failed and the schedule has another.
 * - `give_up`: an attempt failed and the schedule is used up: a dead letter.
 * - `cancel`: requested, or the endpoint was deleted.
 * - `requeue`: a retry or replay starts a new round of the schedule immediately.
 */
export const deliveryChanges = ["deliver", "postpone", "give_up", "cancel", "requeue"] as const;
export type DeliveryChange = (typeof deliveryChanges)[number];

const changesFrom: Readonly<
  Record<DeliveryStatus, Readonly<Partial<Record<DeliveryChange, DeliveryStatus>>>>
> = {
  pending: {
    deliver: "delivered",
    postpone: "pending",
    give_up: "failed",
    cancel: "cancelled",
    requeue: "pending",
  },
  delivered: { requeue: "pending" },
  failed: { requeue: "pending" },
  cancelled: { requeue: "pending" },
};

/** Returns the status after a change, or null if the current status does not allow the change. */
export function nextStatus(from: DeliveryStatus, change: DeliveryChange): DeliveryStatus | null {
  return changesFrom[from][change] ?? null;
}

/** The statuses from which a change is allowed. */
export function statusesBefore(change: DeliveryChange): readonly DeliveryStatus[] {
  return deliveryStatuses.filter((status) => nextStatus(status, change) !== null);
}
