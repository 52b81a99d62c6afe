/** Many endpoints of one provider that is down. Each has a failed delivery that is pending. */
import { payload } from "./payload.ts";
import { oneEndpointPerOrg, type PosthornProcess } from "./posthorn.ts";

export const endpointsPerOrg = 100;
const orgsPerInsert = 50;

/**
 * Adds `count` endpoints with URLs below `urlPrefix`. Each has one delivery that has failed three
 * times and is due in an hour. They are inserted with SQL, because that takes minutes over HTTP.
 */
export async function addFailingEndpoints(
  posthorn: PosthornProcess,
  { count, urlPrefix }: { readonly count: number; readonly urlPrefix: string },
  progress: (text: string) => void,
): Promise<void> {
  // An endpoint created through the API. All others use a copy of its secret, because only the
  // service can encrypt a secret.
  const [model] = oneEndpointPerOrg(1, () => `${urlPrefix}model`);
  if (model === undefined) throw new Error("No endpoint.");
  await posthorn.addEndpoints([model]);
  const orgs = Math.ceil(count / endpointsPerOrg);
  for (let made = 0; made < orgs; made += orgsPerInsert) {
    const more = Math.min(orgsPerInsert, orgs - made);
    await posthorn.query(insertSql(model.orgId, urlPrefix, more));
    progress(`${((made + more) * endpointsPerOrg).toLocaleString("en-US")} endpoints wait`);
  }
  // Vacuums now. Otherwise autovacuum would run a minute later, during the measurement.
  for (const table of ["endpoints", "events", "deliveries", "endpoint_wakeups"]) {
    await posthorn.query(`vacuum (analyze) posthorn.${table}`);
  }
}

/** Selects the endpoints of `addFailingEndpoints` and their deliveries. */
const isFailing = (urlPrefix: string): string =>
  `endpoint_id in (select id from posthorn.endpoints where starts_with(url, '${urlPrefix}'))`;

/** Makes all these deliveries due, evenly spread over `withinMs`. Each restarts its schedule. */
export async function makeAllDue(
  posthorn: PosthornProcess,
  urlPrefix: string,
  withinMs: number,
): Promise<void> {
  await posthorn.query(`
    with changed as (
      update posthorn.deliveries
      set due_at = now() + random() * ${withinMs} * interval '1 ms',
          attempts_before_round = attempts
      where status = 'pending' and (leased_until is null or leased_until < now())
        and ${isFailing(urlPrefix)}
      returning org_id, endpoint_id, due_at
    )
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select org_id, endpoint_id, due_at from changed`);
}

/** @returns how many of these deliveries are scheduled for later, and how many are due. */
export async function countWaiting(
  posthorn: PosthornProcess,
  urlPrefix: string,
): Promise<{ readonly later: number; readonly due: number }> {
  const [counts] = await posthorn.query<{ later: number; due: number }>(`
    select count(*) filter (where due_at > now())::integer as later,
           count(*) filter (where due_at <= now())::integer as due
    from posthorn.deliveries
    where status = 'pending' and leased_until is null and ${isFailing(urlPrefix)}`);
  return counts ?? { later: 0, due: 0 };
}

function insertSql(modelOrgId: string, urlPrefix: string, orgs: number): string {
  return `
    with org as (
      insert into posthorn.orgs (id, created_at)
      select gen_random_uuid(), now() from generate_series(1, ${orgs})
      returning id
    ), model as (
      select contract, in_flight_max, ciphertext
      from posthorn.endpoints as endpoint
      join posthorn.endpoint_secrets as secret on secret.endpoint_id = endpoint.id
      where endpoint.org_id = '${modelOrgId}'
    ), endpoint as (
      insert into posthorn.endpoints
        (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
         created_at, updated_at)
      select gen_random_uuid(), org.id, '${urlPrefix}' || gen_random_uuid(), true, model.contract,
             '', '{}', model.in_flight_max, 1, now(), now()
      from org cross join model cross join generate_series(1, ${endpointsPerOrg})
      returning id, org_id
    ), secret as (
      insert into posthorn.endpoint_secrets (id, org_id, endpoint_id, ciphertext, created_at)
      select gen_random_uuid(), endpoint.org_id, endpoint.id, model.ciphertext, now()
      from endpoint cross join model
    ), event as (
      insert into posthorn.events
        (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
      select posthorn.uuid_v7(now()), id, 'bench.happened', now(), '${payload(0)}',
             ${endpointsPerOrg}, now()
      from org
      returning id, org_id
    ), delivery as (
      insert into posthorn.deliveries
        (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
         due_at, attempted_at, duration_ms, response_status, trigger, created_at)
      select posthorn.delivery_id(event.id, endpoint.id), event.id, endpoint.id, event.org_id,
             'bench.happened', 'pending', 3, 0, now() + interval '1 hour', now(), 5, 503,
             'schedule', now()
      from endpoint
      join event using (org_id)
      returning org_id, endpoint_id, due_at
    )
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select org_id, endpoint_id, due_at from delivery`;
}
