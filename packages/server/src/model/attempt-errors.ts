/** Errors of recorded attempts that say nothing about the receiver. */
export const errorsNotOfReceiver = ["internal", "shutdown", "transformation", "cancelled"] as const;
