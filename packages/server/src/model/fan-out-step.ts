/** The result of one step of the background fan-out. */

/** An event with endpoints whose delivery could not be created. It is tried again later. */
export interface FailedFanOut {
  readonly orgId: string;
  readonly eventId: string;
  /** How many of its endpoints have no delivery. */
  readonly endpoints: number;
  /** How many times it has been tried. */
  readonly failures: number;
  /** The database's message for the last of these endpoints. */
  readonly reason: string;
}

export interface FanOutStep {
  /** The number of created deliveries. */
  readonly created: number;
  readonly failed: readonly FailedFanOut[];
}
