/** rpc/check_endpoint_url and rpc/send_test. */
import { PosthornError } from "../../errors/catalogue.ts";
import { createdWith } from "../../model/audit.ts";
import { testEventDataJson, testEventType } from "../../model/test-event.ts";
import { recordAudit } from "../../postgres/audit.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { RestFunction } from "../rest/rpc.ts";
import { endpointArgument, orgOf, scopeOf, type FunctionDependencies } from "./dependencies.ts";

export function checkUrl(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "check_endpoint_url",
    description:
      "Checks whether Posthorn would accept a URL for an endpoint, and if not, why. It stores " +
      "and sends nothing.",
    arguments: [{ name: "url", type: "text", required: true, description: "The URL." }],
    readOnly: true,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "is_allowed", type: "boolean", description: "Whether the URL would be accepted." },
      {
        name: "url",
        type: "text",
        description: "The URL as it would be stored.",
        isNullable: true,
      },
      {
        name: "code",
        type: "text",
        description: "The error's code if the URL would be rejected.",
        isNullable: true,
      },
      {
        name: "message",
        type: "text",
        description: "What is wrong with the URL.",
        isNullable: true,
      },
      { name: "hint", type: "text", description: "What to do about it.", isNullable: true },
    ],
    async handler(given) {
      try {
        const url = await dependencies.endpoints.checkUrl(given["url"]);
        return { is_allowed: true, url, code: null, message: null, hint: null };
      } catch (error) {
        if (!(error instanceof PosthornError)) throw error;
        const { code, message, hint } = error;
        return { is_allowed: false, url: null, code, message, hint };
      }
    },
  };
}

export function sendTest(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "send_test",
    description:
      "Publishes a test event to one endpoint: the example of an event type, or the built-in " +
      `event ${testEventType}.`,
    arguments: [
      endpointArgument,
      {
        name: "event_type",
        type: "text",
        required: false,
        description:
          "The event type. Default: the first of the types that the endpoint names and that has " +
          `an example; otherwise ${testEventType}.`,
      },
    ],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "event_id", type: "uuid", description: "The published event." },
      { name: "event_type", type: "text", description: "The event's type." },
      { name: "endpoint_id", type: "uuid", description: "The endpoint." },
    ],
    async handler(given, { principal, nowMs, actor }) {
      const endpointId = given["endpoint_id"] as string;
      const orgId = await orgOf(dependencies, "endpoints", endpointId, principal);
      const wanted = (given["event_type"] as string | undefined) ?? null;
      const { type, dataJson } = await dependencies.tenants.read(scopeOf(principal), (database) =>
        testEventFor(database, endpointId, wanted),
      );
      // Publishing uses its own transaction, shared with other calls, so the audit entry is written
      // first. An entry may exist for a test that was rejected or lost, but no test is sent without
      // an entry.
      await dependencies.tenants.change(scopeOf(principal), (transaction) =>
        recordAudit(transaction, { action: "test.sent", by: actor, atMs: nowMs }, [
          { orgId, id: endpointId, changes: createdWith({ event_type: type }) },
        ]),
      );
      const [published] = await dependencies.node.publish([
        {
          orgId,
          type,
          timestampMs: null,
          dataJson,
          idempotencyKey: null,
          onlyEndpointId: endpointId,
        },
      ]);
      return { event_id: published?.eventId, event_type: type, endpoint_id: endpointId };
    },
  };
}

interface TestEvent {
  readonly type: string;
  readonly dataJson: string;
}

/**
 * If the caller names no type, Posthorn uses a type that the endpoint names. An endpoint of all
 * types gets the built-in event, because its receiver may never have seen some of the catalogue's
 * types.
 * @throws PosthornError `PH_ENDPOINT_INACTIVE`, `PH_EVENT_TYPE_…`
 */
async function testEventFor(
  database: Queryable,
  endpointId: string,
  eventType: string | null,
): Promise<TestEvent> {
  const { rows } = await database.query<{
    is_active: boolean;
    name: string | null;
    example: string | null;
  }>(
    `select endpoint.is_active, type.name, type.example::text as example
     from posthorn.endpoints as endpoint
     left join posthorn.event_types as type
       on posthorn.is_visible(endpoint.org_id, type.name) and case
       when $2::text is not null then type.name = $2
       else type.example is not null
         and (type.name = any (endpoint.event_types) or type.name = $3)
     end
     where endpoint.id = $1
     order by array_position(endpoint.event_types, type.name) nulls last limit 1`,
    [endpointId, eventType, testEventType],
  );
  const row = rows[0];
  if (row?.is_active !== true) {
    throw new PosthornError("PH_ENDPOINT_INACTIVE", { endpoint: endpointId });
  }
  if (row.name === null) {
    if (eventType === null || eventType === testEventType) {
      return { type: testEventType, dataJson: testEventDataJson };
    }
    throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", { event_type: JSON.stringify(eventType) });
  }
  if (row.example === null) {
    throw new PosthornError("PH_EVENT_TYPE_WITHOUT_EXAMPLE", {
      event_type: JSON.stringify(row.name),
    });
  }
  return { type: row.name, dataJson: row.example };
}
