/** The tables of `/rest/v1`, and the calls that write to them. */
import type { Node } from "../pipeline/dispatch/node.ts";
import type { Random } from "../pipeline/ports.ts";
import type { EventToPublish } from "../pipeline/publish/publish.ts";
import { createApiKey, deleteApiKeys } from "../registry/api-keys.ts";
import type {
  AddedSecret,
  Authenticator,
  ContractRegistry,
  EndpointRegistry,
  Sessions,
} from "../registry/index.ts";
import {
  deleteEventTypes,
  saveEventType,
  updateEventTypes,
  type EventTypeFields,
} from "../registry/event-type-changes.ts";
import { checkEventChannels, checkTags } from "../registry/channels-and-tags.ts";
import { parseOrgId } from "../model/org-id.ts";
import { saveOrg, updateOrgs } from "../registry/orgs.ts";
import { apiKeys } from "./tables/api-keys.ts";
import { webhookEndpoints, webhookEventTypes, webhookOrgs } from "./tables/configured.ts";
import { webhookContracts, webhookContractVersions } from "./tables/contracts.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookErasures,
  webhookEvents,
  webhookReplays,
} from "./tables/deliveries.ts";
import { webhookAudit } from "./tables/audit.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { aboutElement, withPlace } from "../errors/element.ts";
import { limits } from "../limits.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { InsertedRow, Resource, RowValues } from "./rest/resource.ts";

export interface ResourceDependencies {
  readonly node: Node;
  readonly endpoints: EndpointRegistry;
  readonly contracts: ContractRegistry;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly random: Random;
  readonly metrics: Pick<Metrics, "published" | "refused">;
}

export function restResources(dependencies: ResourceDependencies): readonly Resource[] {
  return [
    orgsResource(),
    eventTypesResource(),
    contractsResource(dependencies),
    webhookContractVersions,
    endpointsResource(dependencies),
    eventsResource(dependencies),
    webhookDeliveries,
    webhookAttempts,
    webhookReplays,
    webhookErasures,
    webhookAudit,
    apiKeysResource(dependencies),
  ];
}

/** Stores rows one after the other, because they share a transaction and therefore a connection. */
async function eachRow(
  rows: readonly RowValues[],
  store: (row: RowValues) => Promise<InsertedRow>,
): Promise<readonly InsertedRow[]> {
  const inserted: InsertedRow[] = [];
  const startMs = performance.now();
  for (const row of rows) {
    if (performance.now() - startMs > limits.changeRowsMs) {
      throw new PosthornError("PH_CHANGE_TOO_LONG", { seconds: limits.changeRowsMs / 1000 });
    }
    try {
      inserted.push(await store(row));
    } catch (error) {
      throw withPlace(error, { index: inserted.length, count: rows.length });
    }
  }
  return inserted;
}

function orgsResource(): Resource {
  return {
    ...webhookOrgs,
    insert: (rows, { transaction, nowMs, actor, isUpsert }) =>
      eachRow(rows, async (values) => {
        const text = values["id"] as string;
        await saveOrg(transaction, text, values, { isUpsert, nowMs, by: actor });
        return { key: parseOrgId(text).id, shownKey: text };
      }),
    update: (keys, values, { transaction, nowMs, actor }) =>
      updateOrgs(transaction, keys, values, { nowMs, by: actor }),
  };
}

function eventTypesResource(): Resource {
  return {
    ...webhookEventTypes,
    insert: (rows, { transaction, nowMs, actor, isUpsert }) =>
      eachRow(rows, async (values) => ({
        key: await saveEventType(transaction, values["name"], eventTypeFields(values), {
          isUpsert,
          nowMs,
          by: actor,
        }),
      })),
    update: (keys, values, { transaction, nowMs, actor }) =>
      updateEventTypes(transaction, keys, eventTypeFields(values), nowMs, actor),
    delete: (keys, { transaction, nowMs, actor }) =>
      deleteEventTypes(transaction, keys, nowMs, actor),
  };
}

function eventTypeFields(values: RowValues): EventTypeFields {
  return {
    description: values["description"],
    schema: values["schema"] as string | null | undefined,
    example: values["example"] as string | null | undefined,
    schema_check: values["schema_check"],
    group_name: values["group_name"],
    is_deprecated: values["is_deprecated"],
    feature_flag: values["feature_flag"],
  };
}

function contractsResource({ contracts }: ResourceDependencies): Resource {
  const reload = (): Promise<void> => contracts.reload();
  return {
    ...webhookContracts,
    insert: (rows, { transaction, nowMs, actor, isUpsert }) =>
      eachRow(rows, async (values) => {
        const name = values["name"] as string;
        const document = values["document"] as string;
        await contracts.create(transaction, name, document, { isUpsert, nowMs, by: actor });
        return { key: name };
      }),
    update: async (keys, values, { transaction, nowMs, actor }) => {
      const document = values["document"] as string;
      await contracts.change(transaction, keys, document, { nowMs, by: actor });
    },
    delete: (keys, { transaction, nowMs, actor }) =>
      contracts.delete(transaction, keys, { nowMs, by: actor }),
    afterInsert: reload,
    afterCommit: reload,
  };
}

function endpointsResource({ endpoints, contracts, node }: ResourceDependencies): Resource {
  return {
    ...webhookEndpoints,
    async prepare(rows, scope) {
      await contracts.seek(rows.map(({ contract }) => contract));
      await endpoints.lookUp(scope ?? "operator", rows);
    },
    insert: (rows, { transaction, nowMs, actor }) =>
      eachRow(rows, async (values) => {
        const fields = { ...values, org_id: values["org_id"] as string };
        const created = await endpoints.create(transaction, fields, nowMs, actor);
        const { id, secret, secrets, warning } = created;
        return { key: id, shownOnce: { secret, secrets, secret_warning: warning } };
      }),
    async update(keys, values, { transaction, nowMs, actor }) {
      const added = await endpoints.update(transaction, keys, values, nowMs, actor);
      return keys.map((key) => addedTo(key, added));
    },
    delete: (keys, { transaction, nowMs, actor }) =>
      endpoints.delete(transaction, keys, nowMs, actor),
    afterCommit: (keys) => node.endpointsChanged(keys),
  };
}

function addedTo(key: string, added: readonly AddedSecret[]): InsertedRow {
  const own = added.filter(({ endpointId }) => endpointId === key);
  if (own.length === 0) return { key };
  const secrets = Object.fromEntries(own.map(({ name, secret }) => [name, secret]));
  const warning = own.find((each) => each.warning !== null)?.warning ?? null;
  return { key, shownOnce: { secrets, secret_warning: warning } };
}

function eventsResource({ node, metrics }: ResourceDependencies): Resource {
  return {
    ...webhookEvents,
    async insertAlone(rows) {
      const startMs = performance.now();
      const published = await node
        .publish(
          rows.map((row, index) =>
            aboutElement({ index, count: rows.length }, () => eventToPublish(row)),
          ),
        )
        .catch((error: unknown) => {
          const isOverload = error instanceof PosthornError && error.code === "PH_OVERLOADED";
          if (isOverload) metrics.refused("overloaded");
          throw error;
        });
      const count = published.filter((each) => !each.duplicate).length;
      metrics.published(count, performance.now() - startMs);
      return published.map(({ eventId, duplicate }) => ({
        key: eventId,
        shownOnce: { is_duplicate: duplicate },
      }));
    },
  };
}

function eventToPublish(values: RowValues): EventToPublish {
  const { timestamp, idempotency_key: idempotencyKey, external_id: externalId } = values;
  const { id: orgId, externalId: orgExternalId } = parseOrgId(values["org_id"] as string);
  return {
    orgId,
    orgExternalId,
    type: values["event_type"] as string,
    timestampMs: typeof timestamp === "string" ? Date.parse(timestamp) : null,
    dataJson: values["data"] as string,
    idempotencyKey: typeof idempotencyKey === "string" ? idempotencyKey : null,
    externalId: typeof externalId === "string" ? externalId : null,
    onlyEndpointId: null,
    channels: checkEventChannels(values["channels"]),
    tags: checkTags(values["tags"]),
  };
}

function apiKeysResource({ random, authenticator, sessions }: ResourceDependencies): Resource {
  return {
    ...apiKeys,
    insert: (rows, { transaction, nowMs, actor }) =>
      eachRow(rows, async (values) => {
        const { org_id: orgId, name, role, expires_at: expiresAt } = values;
        const fields = { orgId: (orgId ?? null) as string | null, name, role, expiresAt };
        const { id, key } = await createApiKey(transaction, random, fields, nowMs, actor);
        return { key: id, shownOnce: { key } };
      }),
    delete: (keys, { transaction, nowMs, actor }) => deleteApiKeys(transaction, keys, nowMs, actor),
    afterCommit: () => {
      authenticator.forget();
      sessions.forget();
      return Promise.resolve();
    },
  };
}
