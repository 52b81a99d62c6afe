/** A competitor of the throughput scenario: a process that makes `count` deliveries on request. */

export interface CompetitorStart {
  readonly receiverUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
}

export interface Run {
  readonly count: number;
  /** The receiver's paths, used in turn. */
  readonly paths: readonly string[];
}
