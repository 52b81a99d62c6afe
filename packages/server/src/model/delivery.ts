/**
 * The states of a delivery and the only ways between them. The table is the whole truth: the
 * stores refuse every change that is not in it.
 */

export const deliveryStatuses = ["pending", "delivered", "failed", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

/**
 * - `deliver`: an attempt was answered 2xx.
 * - `postpone`: an attempt failed and the schedule has another.
 * - `give_up`: an attempt failed and the schedule is used up: a dead letter.
 * - `cancel`: asked for, or the endpoint was deleted.
 * - `requeue`: a retry or replay starts a new round of the schedule at once.
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

/** The status after a change, or null if the change is not allowed from here. */
export function nextStatus(from: DeliveryStatus, change: DeliveryChange): DeliveryStatus | null {
  return changesFrom[from][change] ?? null;
}

/** The statuses from which a change is allowed. */
export function statusesBefore(change: DeliveryChange): readonly DeliveryStatus[] {
  return deliveryStatuses.filter((status) => nextStatus(status, change) !== null);
}
