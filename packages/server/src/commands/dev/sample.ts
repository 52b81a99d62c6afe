/** The sample of `posthorn dev`: an org, an endpoint that points at the inbox, and an event. */
import { limits } from "../../limits.ts";
import { system } from "../../model/audit.ts";
import type { Preset } from "../../model/preset.ts";
import { testEventDataJson, testEventType } from "../../model/test-event.ts";
import { inTransaction } from "../../postgres/pool.ts";
import type { Service } from "../../service/compose.ts";
import type { Inbox, ReceivedWebhook } from "./inbox.ts";

export const sampleOrgId = "00000000-0000-4000-8000-000000000001";
const description = "The inbox of posthorn dev";

/**
 * The event types to which the sample endpoint subscribes. Each start sends an event of the first
 * one.
 */
const typesOfPreset: Readonly<Record<Preset, readonly string[]>> = {
  cda: ["scan.completed", "mission.assigned", "mission.completed"],
  cadana: ["person.created", "payroll.status.updated"],
};

export interface SampleEvent {
  readonly type: string;
  readonly dataJson: string;
}

export interface Sample {
  readonly endpointId: string;
  /** The event that each start sends. */
  readonly event: SampleEvent;
  /** An event that the user can publish; null if the catalogue has no type of a preset. */
  readonly eventToPublish: SampleEvent | null;
}

/** Creates the sample. At later starts, points its endpoint at the inbox again. */
export async function prepareSample(
  service: Service,
  url: string,
  preset: Preset | undefined,
): Promise<Sample> {
  const types = preset === undefined ? [] : await knownTypes(service, typesOfPreset[preset]);
  return {
    endpointId: await sampleEndpoint(
      service,
      url,
      types.map(({ type }) => type),
    ),
    event: types[0] ?? { type: testEventType, dataJson: testEventDataJson },
    eventToPublish: types.at(-1) ?? null,
  };
}

/** Which of these types still exist in the catalogue, in this order, with their examples. */
async function knownTypes(
  { pool }: Service,
  names: readonly string[],
): Promise<readonly SampleEvent[]> {
  const { rows } = await pool.query<SampleEvent>(
    `select name as type, example::text as "dataJson" from posthorn.event_types
     where name = any ($1::text[]) and example is not null
     order by array_position($1::text[], name)`,
    [names],
  );
  return rows;
}

async function sampleEndpoint(
  { pool, endpoints, clock }: Service,
  url: string,
  types: readonly string[],
): Promise<string> {
  return inTransaction(pool, async (transaction) => {
    const nowMs = clock.now();
    const { rows } = await transaction.query<{ id: string }>(
      `select id from posthorn.endpoints
       where org_id = $1 and description = $2 and deleted_at is null limit 1`,
      [sampleOrgId, description],
    );
    const found = rows[0];
    if (found !== undefined) {
      await endpoints.update(transaction, [found.id], { url, is_active: true }, nowMs, system);
      return found.id;
    }
    const events = types.length === 0 ? null : types;
    const fields = { org_id: sampleOrgId, url, events, description };
    const created = await endpoints.create(transaction, fields, nowMs, system);
    await transaction.query(
      "update posthorn.orgs set name = 'Sample org' where id = $1 and name is null",
      [sampleOrgId],
    );
    return created.id;
  });
}

/** Publishes the sample event to the sample endpoint, and waits until the inbox has received it. */
export async function deliverSample(
  { node }: Service,
  inbox: Inbox,
  { event, endpointId }: Sample,
): Promise<ReceivedWebhook | null> {
  const [published] = await node.publish([
    {
      orgId: sampleOrgId,
      type: event.type,
      timestampMs: null,
      dataJson: event.dataJson,
      idempotencyKey: null,
      onlyEndpointId: event.type === testEventType ? endpointId : null,
    },
  ]);
  return published === undefined ? null : inbox.waitFor(published.eventId, limits.devSampleWaitMs);
}
