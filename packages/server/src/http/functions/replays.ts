/** rpc/replay and rpc/cancel_replay. */
import { PosthornError } from "../../errors/catalogue.ts";
import { uuidV7 } from "../../model/id.ts";
import type { Principal } from "../../model/principal.ts";
import { replayStatuses, type ReplaySelection } from "../../pipeline/upkeep/replay.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { endpointArgument, orgOf, scopeOf, type FunctionDependencies } from "./dependencies.ts";

const replayArguments: readonly Argument[] = [
  endpointArgument,
  {
    name: "status",
    type: "text",
    required: false,
    description:
      "Which deliveries to send again: failed (the default), delivered, cancelled or missed. " +
      "Missed means events that match the endpoint but have no delivery, e.g. because it was " +
      "inactive.",
  },
  {
    name: "since",
    type: "timestamptz",
    required: false,
    description: "Only events published at or after this time.",
  },
  {
    name: "until",
    type: "timestamptz",
    required: false,
    description: "Only events published before this time. Default: now.",
  },
  {
    name: "event_type",
    type: "text",
    required: false,
    description: "Only events of this type.",
  },
  {
    name: "dry_run",
    type: "boolean",
    required: false,
    description: "If true, only counts the deliveries and starts no replay.",
  },
];

export function replay(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "replay",
    description:
      "Sends an endpoint's deliveries again, in the background. webhook_replays shows the " +
      "progress; cancel_replay cancels it. With dry_run, it only counts the deliveries.",
    arguments: replayArguments,
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      {
        name: "id",
        type: "uuid",
        description: "The replay's id; null for a dry run.",
        isNullable: true,
      },
      {
        name: "dry_run",
        type: "boolean",
        description: "Whether the deliveries were only counted.",
      },
      {
        name: "state",
        type: "text",
        description: "The replay's state: running; null for a dry run.",
        isNullable: true,
      },
      {
        name: "total",
        type: "integer",
        description: "The number of deliveries; null if counting them would take too long.",
        isNullable: true,
      },
    ],
    async handler(given, { principal, nowMs, actor }) {
      const selection = await replaySelection(dependencies, given, principal, nowMs);
      const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> =>
        dependencies.tenants.inTurn(scopeOf(principal), work);
      if (given["dry_run"] === true) {
        const total = await inTurn(() => dependencies.replays.count(selection));
        return { id: null, dry_run: true, state: null, total };
      }
      const id = uuidV7(nowMs, dependencies.random.bytes(10));
      const total = await inTurn(() =>
        dependencies.replays.start({ ...selection, id, atMs: nowMs, by: actor }),
      );
      dependencies.node.poller.announce({ hasReplays: true });
      return { id, dry_run: false, state: "running", total };
    },
  };
}

async function replaySelection(
  dependencies: FunctionDependencies,
  given: Readonly<Record<string, unknown>>,
  principal: Principal,
  nowMs: number,
): Promise<ReplaySelection> {
  const endpointId = given["endpoint_id"] as string;
  const orgId = await orgOf(dependencies, "endpoints", endpointId, principal);
  const status = replayStatuses.find((each) => each === (given["status"] ?? "failed"));
  if (status === undefined) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "status",
      allowed: replayStatuses.join(", "),
    });
  }
  const sinceMs = timeOf(given["since"]);
  // Ids have a resolution of 1 ms, so the end is 1 ms later to include events of the current
  // millisecond.
  const untilMs = timeOf(given["until"]) ?? nowMs + 1;
  if (sinceMs !== null && given["until"] !== undefined && sinceMs >= untilMs) {
    const [since, until] = [given["since"] as string, given["until"] as string];
    throw new PosthornError("PH_RANGE_EMPTY", { since, until });
  }
  const eventType = (given["event_type"] as string | undefined) ?? null;
  const selection = { orgId, endpointId, status, eventType, sinceMs, untilMs };
  await checkType(dependencies, selection, principal);
  return selection;
}

/**
 * Rejects a type that is neither in the catalogue nor in the range. Events of a type that was
 * deleted from the catalogue can be replayed.
 *
 * @throws PosthornError `PH_EVENT_TYPE_UNKNOWN`
 */
async function checkType(
  { tenants, replays }: FunctionDependencies,
  selection: ReplaySelection,
  principal: Principal,
): Promise<void> {
  const { eventType } = selection;
  if (eventType === null) return;
  const scope = scopeOf(principal);
  const { rows } = await tenants.read(scope, (database) =>
    database.query("select from posthorn.event_types where name = $1", [eventType]),
  );
  if (rows.length > 0) return;
  if ((await tenants.inTurn(scope, () => replays.count(selection))) !== 0) return;
  throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", { event_type: JSON.stringify(eventType) });
}

function timeOf(value: unknown): number | null {
  return typeof value === "string" ? Date.parse(value) : null;
}

export function cancelReplay(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "cancel_replay",
    description:
      "Cancels a running replay. Deliveries that it has already made due are still sent.",
    arguments: [{ name: "replay_id", type: "uuid", required: true, description: "The replay." }],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      { name: "id", type: "uuid", description: "The replay." },
      { name: "state", type: "text", description: "The replay's state: done or cancelled." },
      {
        name: "total",
        type: "integer",
        description:
          "The number of deliveries at the start; null if counting them would take too long.",
        isNullable: true,
      },
      {
        name: "replayed",
        type: "integer",
        description: "The number of deliveries that the replay made due.",
      },
    ],
    async handler({ replay_id: id }, { principal, nowMs, actor }) {
      await orgOf(dependencies, "replays", id as string, principal);
      await dependencies.tenants.inTurn(scopeOf(principal), () =>
        dependencies.replays.cancel(id as string, nowMs, actor),
      );
      const { rows } = await dependencies.tenants.read(scopeOf(principal), (database) =>
        database.query(
          "select id, state, total, replayed from posthorn.webhook_replays where id = $1",
          [id],
        ),
      );
      return rows[0];
    },
  };
}
