/** A competitor in the throughput scenario: a process that makes `count` deliveries when asked. */

export interface CompetitorStart {
  readonly receiverUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
}

export interface Run {
  readonly count: number;
  /** The paths on the receiver. Requests use them in turn. */
  readonly paths: readonly string[];
}
