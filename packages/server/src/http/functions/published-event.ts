/** Reads an event for functions that test something with it. */
import { PosthornError } from "../../errors/catalogue.ts";
import type { PublishedEvent } from "../../model/event.ts";
import type { FunctionDependencies } from "./dependencies.ts";

interface EventRow {
  readonly org_id: string;
  readonly external_id: string | null;
  readonly event_type: string;
  readonly timestamp_ms: string;
  readonly data: string;
}

/**
 * @param scope the caller's only org; null if it may see all orgs.
 * @throws PosthornError `PH_NOT_FOUND`
 */
export async function publishedEvent(
  { tenants }: Pick<FunctionDependencies, "tenants">,
  id: string,
  scope: string | null,
): Promise<PublishedEvent> {
  const { rows } = await tenants.read(scope, (database) =>
    database.query<EventRow>(
      `select org_id, external_id, event_type, data::text as data,
              extract(epoch from "timestamp") * 1000 as timestamp_ms
       from posthorn.events
       where id = $1 and ($2::uuid is null or org_id = $2)`,
      [id, scope],
    ),
  );
  const [row] = rows;
  if (row === undefined) throw new PosthornError("PH_NOT_FOUND", { thing: "event", id });
  return {
    id,
    externalId: row.external_id,
    orgId: row.org_id,
    type: row.event_type,
    timestampMs: Number(row.timestamp_ms),
    dataJson: row.data,
  };
}
