/** Steps that many tests share. */
import { until } from "./receiver.ts";
import { representation, type Api, type Row, type TestService } from "./service.ts";

export interface Subscribed {
  readonly orgId: string;
  readonly endpointId: string;
  readonly secret: string;
}

export async function subscribe(
  posthorn: Pick<TestService, "api" | "newOrg">,
  url: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Subscribed> {
  const given = fields["org_id"];
  const orgId = typeof given === "string" ? given : posthorn.newOrg();
  const { status, row, text } = await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: orgId,
    url,
    ...fields,
  });
  if (status !== 201) throw new Error(`Creating an endpoint was answered ${status} ${text}`);
  return { orgId, endpointId: row.id, secret: String(row["secret"]) };
}

/**
 * Publishes an event.
 * @returns its id.
 */
export async function publish(
  api: Api,
  orgId: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { status, row, text } = await api.post(
    "/rest/v1/webhook_events",
    { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s-1" }, ...fields },
    representation,
  );
  if (status !== 201) throw new Error(`Publishing was answered ${status} ${text}`);
  return row.id;
}

/** Waits until the only delivery that matches the filter has the expected state, and returns it. */
export async function deliveryWith(
  api: Api,
  filter: string,
  isThere: (row: Row) => boolean,
  withinMs = 20_000,
): Promise<Row> {
  let last: Row | undefined;
  await until(
    async () => {
      last = (await api.get(`/rest/v1/webhook_deliveries?${filter}`)).rows[0];
      return last !== undefined && isThere(last);
    },
    `a delivery with ${filter}`,
    withinMs,
  );
  return last!;
}

export const hasStatus =
  (status: string) =>
  (row: Row): boolean =>
    row["status"] === status;
