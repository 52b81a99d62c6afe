/** rpc/erase_org. */
import { PosthornError } from "../../errors/catalogue.ts";
import { parseOrgId } from "../../model/org-id.ts";
import { probeOrgId } from "../../model/probe.ts";
import type { RestFunction } from "../rest/rpc.ts";
import type { FunctionDependencies } from "./dependencies.ts";

export function eraseOrg(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "erase_org",
    description:
      "Erases all data of an org. This cannot be undone. Its keys and endpoints are deleted " +
      "immediately; its events, deliveries and attempts in the background. webhook_erasures " +
      "shows the progress. Events published while it is running are erased too, up to a minute " +
      "after the call.",
    arguments: [{ name: "org_id", type: "org", required: true, description: "The org." }],
    readOnly: false,
    roles: [],
    returns: "object",
    result: [
      { name: "org_id", type: "org", description: "The org." },
      { name: "state", type: "text", description: "The erasure's state: running or done." },
      { name: "rows_erased", type: "integer", description: "The number of rows erased so far." },
    ],
    async handler(given, { nowMs, actor }) {
      const text = given["org_id"] as string;
      const org = parseOrgId(text);
      const { rowCount } = await dependencies.tenants.read(null, (database) =>
        database.query(
          `select from posthorn.orgs where id = $1
           union all select from posthorn.erasures where org_id = $1 and finished_at is null`,
          [org.id],
        ),
      );
      // The probe's org and its endpoint belong to Posthorn itself.
      if (rowCount === 0 || org.id === probeOrgId) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: text });
      }
      const { state, rowsErased } = await dependencies.tenants.inTurn(null, () =>
        dependencies.erasures.start(org, nowMs, actor),
      );
      dependencies.node.poller.announce({ hasErasures: true });
      dependencies.authenticator.forget();
      dependencies.sessions.forget();
      return { org_id: text, state, rows_erased: rowsErased };
    },
  };
}
