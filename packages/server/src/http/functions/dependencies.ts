/** The dependencies that the functions of `rpc/` share, and the lookup of an id's org. */
import { PosthornError } from "../../errors/catalogue.ts";
import { probeEndpointId } from "../../model/probe.ts";
import type { Principal } from "../../model/principal.ts";
import type { Statistics } from "../../observe/statistics.ts";
import type { EraseStore } from "../../pipeline/upkeep/erase.ts";
import type { Node } from "../../pipeline/dispatch/node.ts";
import type { Clock, Random, Transformer } from "../../pipeline/ports.ts";
import type { RebuildRequest } from "../../pipeline/dispatch/rebuild-request.ts";
import type { ReplayStore } from "../../pipeline/upkeep/replay.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import type {
  Authenticator,
  ContractRegistry,
  EndpointRegistry,
  Sessions,
} from "../../registry/index.ts";
import type { Store } from "../../store/store.ts";
import type { Terminals } from "../../terminals/terminals.ts";

export interface FunctionDependencies {
  readonly tenants: Tenants;
  readonly node: Node;
  readonly statistics: Pick<Statistics, "flushBeforeRead">;
  readonly store: Store;
  readonly replays: ReplayStore;
  readonly erasures: EraseStore;
  readonly endpoints: EndpointRegistry;
  readonly contracts: ContractRegistry;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly random: Random;
  readonly rebuildRequest: RebuildRequest;
  readonly terminals: Terminals;
  readonly sandbox: Transformer;
  /** The console's public URL, without a slash at the end. */
  publicUrl(): string;
}

/** The only org that the caller may see; null if the caller may see all orgs. */
export function scopeOf(principal: Principal): string | null {
  return principal.kind === "admin" ? null : principal.orgId;
}

/**
 * @throws PosthornError `PH_NOT_FOUND` for an unknown id, for an id of another org, and for the
 * probe's endpoint.
 */
export async function orgOf(
  dependencies: FunctionDependencies,
  table: "endpoints" | "deliveries" | "replays",
  id: string,
  principal: Principal,
): Promise<string> {
  const live = table === "endpoints" ? "and deleted_at is null" : "";
  const scope = scopeOf(principal);
  const { rows } = await dependencies.tenants.read(scope, (database) =>
    database.query<{ org_id: string }>(
      `select org_id from posthorn.${table}
       where id = $1 and ($2::uuid is null or org_id = $2) ${live}`,
      [id, scope],
    ),
  );
  const row = rows[0];
  const isProbe = table === "endpoints" && id.toLowerCase() === probeEndpointId;
  if (row === undefined || isProbe) {
    const thing = { endpoints: "endpoint", deliveries: "delivery", replays: "replay" }[table];
    throw new PosthornError("PH_NOT_FOUND", { thing, id });
  }
  return row.org_id;
}

export const endpointArgument = {
  name: "endpoint_id",
  type: "uuid",
  required: true,
  description: "The endpoint.",
} as const;
