/** rpc/erase_org. */
import { PosthornError } from "../../errors/catalogue.ts";
import type { RestFunction } from "../rest/rpc.ts";
import type { FunctionDependencies } from "./dependencies.ts";

export function eraseOrg(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "erase_org",
    description:
      "Erases all data of an org: its keys and endpoints immediately; its events, deliveries " +
      "and attempts in the background. Watch the progress in webhook_erasures. Events published " +
      "before it is done are erased too, but not those published more than a minute later: they " +
      "start a new history. This cannot be undone.",
    arguments: [{ name: "org_id", type: "uuid", required: true, description: "The org." }],
    readOnly: false,
    roles: [],
    returns: "object",
    result: [
      { name: "org_id", type: "uuid", description: "The org." },
      { name: "state", type: "text", description: "running or done." },
      { name: "rows_erased", type: "integer", description: "The number of rows erased so far." },
    ],
    async handler(given, { nowMs, actor }) {
      const orgId = given["org_id"] as string;
      const { rowCount } = await dependencies.tenants.read(null, (database) =>
        database.query(
          `select from posthorn.orgs where id = $1
           union all select from posthorn.erasures where org_id = $1 and finished_at is null`,
          [orgId],
        ),
      );
      if (rowCount === 0) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "org", id: orgId });
      }
      const { state, rowsErased } = await dependencies.tenants.inTurn(null, () =>
        dependencies.erasures.start(orgId, nowMs, actor),
      );
      dependencies.authenticator.forget();
      dependencies.sessions.forget();
      return { org_id: orgId, state, rows_erased: rowsErased };
    },
  };
}
