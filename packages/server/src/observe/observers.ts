import type { Observer } from "../pipeline/ports.ts";

/** Returns an observer that notifies each of several observers in order. */
export function notifyAll(observers: readonly Observer[]): Observer {
  return {
    attempted: (attempt) => {
      for (const observer of observers) observer.attempted(attempt);
    },
    leaseLost: (deliveryId) => {
      for (const observer of observers) observer.leaseLost(deliveryId);
    },
    attemptHeld: (reason, message, inFlightMax) => {
      for (const observer of observers) observer.attemptHeld(reason, message, inFlightMax);
    },
    sendThrew: (deliveryId, error) => {
      for (const observer of observers) observer.sendThrew(deliveryId, error);
    },
    deliveryUnreadable: (deliveryId, reason) => {
      for (const observer of observers) observer.deliveryUnreadable(deliveryId, reason);
    },
    fanOutFailed: (failed) => {
      for (const observer of observers) observer.fanOutFailed(failed);
    },
    storeFailed: (operation, error) => {
      for (const observer of observers) observer.storeFailed(operation, error);
    },
  };
}
