/** A competitor of the throughput scenario: one process that does `count` deliveries when asked. */

export interface CompetitorStart {
  readonly receiverUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
}

export interface Run {
  readonly count: number;
  /** Where they go, in turn. */
  readonly paths: readonly string[];
}
