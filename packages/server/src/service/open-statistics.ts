/** Connects the statistics of attempts to the database. */
import type { Logger } from "../observe/log.ts";
import { writeStatistics } from "../observe/statistics-table.ts";
import { Statistics } from "../observe/statistics.ts";
import type { Clock } from "../pipeline/ports.ts";
import type { Pool } from "../postgres/pool.ts";
import { endFailing } from "../store/postgres/end-failing.ts";

export interface StatisticsDependencies {
  readonly clock: Clock;
  readonly pool: Pool;
  readonly logger: Logger;
}

/**
 * Creates statistics that are written to the database, and that end the state "failing" of
 * endpoints that recovered.
 */
export function openStatistics({ clock, pool, logger }: StatisticsDependencies): Statistics {
  return new Statistics({
    clock,
    async write(counts) {
      await writeStatistics(pool, counts);
      // An error here must not fail the write, because the same counts would be written again.
      await endFailing(pool, counts).catch((error: unknown) => {
        logger.warn({ error }, "clearing the state of endpoints that recovered failed");
      });
    },
  });
}
