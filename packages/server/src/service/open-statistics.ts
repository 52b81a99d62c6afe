/** Connects the statistics of attempts to the database. */
import type { Config } from "../config/config.ts";
import type { Logger } from "../observe/log.ts";
import { writeStatistics } from "../observe/statistics-table.ts";
import { Statistics } from "../observe/statistics.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Pool } from "../postgres/pool.ts";
import { endFailing, startFailing } from "../store/postgres/failing-state.ts";

export interface StatisticsDependencies {
  readonly config: Pick<Config, "disableAfterMs">;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly logger: Logger;
}

/**
 * Creates statistics that are written to the database, together with the state "failing" of the
 * endpoints.
 */
export function openStatistics({
  config,
  clock,
  pool,
  logger,
}: StatisticsDependencies): Statistics {
  return new Statistics({
    clock,
    async write(counts) {
      await writeStatistics(pool, counts);
      try {
        await endFailing(pool, counts);
        if (config.disableAfterMs > 0) await startFailing(pool, counts);
      } catch (error) {
        // An error here must not fail the write, because the same counts would be written again.
        logger.warn({ error }, "recording which endpoints are failing failed");
      }
    },
  });
}
