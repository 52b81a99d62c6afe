/** rpc/import_svix_application and rpc/import_svix_endpoint. */
import { orgIdText } from "../../model/org-id.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { hasSvixPrefix, svixPrefixes, type SvixKind } from "../../model/svix-id.ts";
import type { Client } from "../../postgres/pool.ts";
import { importSvixApplication, importSvixEndpoint } from "../../registry/index.ts";
import type { Argument, RestFunction } from "../rest/rpc.ts";
import { checkExternalId } from "../rest/values.ts";
import type { FunctionDependencies } from "./dependencies.ts";

const optional = (name: string, type: Argument["type"], description: string): Argument => ({
  name,
  type,
  required: false,
  description,
});

const svixIdArgument: Argument = {
  name: "svix_id",
  type: "text",
  required: true,
  description: "Its id on the other server.",
};

const dryRunArgument = optional("dry_run", "boolean", "True to check it without storing anything.");

const metadataArgument = optional(
  "metadata",
  "json",
  "Its metadata: an object whose values are text.",
);

const isNewResult = {
  name: "is_new",
  type: "boolean",
  description: "False if it already existed. Then its fields stay as they are.",
} as const;

export function importApplication({ tenants }: FunctionDependencies): RestFunction {
  return {
    name: "import_svix_application",
    description:
      "Imports an application of a Svix server as an org. Svix's API keeps accepting its old id.",
    arguments: [
      svixIdArgument,
      optional(
        "uid",
        "text",
        "The platform's own id, which becomes the org's. Without one, the Svix id does.",
      ),
      optional("name", "text", "The org's name."),
      metadataArgument,
      dryRunArgument,
    ],
    readOnly: false,
    roles: [],
    returns: "object",
    result: [{ name: "org_id", type: "org", description: "The org." }, isNewResult],
    async handler({ svix_id: svixId, uid, name, metadata, dry_run }, { nowMs, actor }) {
      const application = { svixId, uid: checkedUid(uid, "app"), name, metadata };
      const { org, isNew } = await change(tenants, dry_run === true, (transaction) =>
        importSvixApplication(transaction, application, { nowMs, by: actor }),
      );
      return { org_id: orgIdText(org), is_new: isNew };
    },
  };
}

const endpointArguments: readonly Argument[] = [
  {
    name: "org_id",
    type: "org",
    required: true,
    description: "The org of the application that the endpoint belongs to.",
  },
  svixIdArgument,
  { name: "url", type: "text", required: true, description: "The URL." },
  optional("uid", "text", "The platform's own id of the endpoint."),
  optional("secret", "text", "The current secret. Without one, Posthorn creates it."),
  optional("description", "text", "The description."),
  optional("is_active", "boolean", "False for a disabled endpoint."),
  optional(
    "events",
    "json",
    "The names of its event types. If this is null or missing, it gets all types.",
  ),
  optional(
    "channels",
    "json",
    "Its channels. If this is null or missing, it gets the events of every channel.",
  ),
  optional("headers", "json", "Its custom headers."),
  optional("rate_per_second", "integer", "Maximum number of attempts per second."),
  metadataArgument,
  dryRunArgument,
];

export function importEndpoint({ tenants, endpoints }: FunctionDependencies): RestFunction {
  return {
    name: "import_svix_endpoint",
    description:
      "Imports an endpoint of a Svix server, with its secret. Svix's API keeps accepting its old " +
      "id. Its contract is svix.",
    arguments: endpointArguments,
    readOnly: false,
    roles: [],
    returns: "object",
    result: [{ name: "endpoint_id", type: "uuid", description: "The endpoint." }, isNewResult],
    async handler({ svix_id: svixId, uid, dry_run, ...given }, { nowMs, actor }) {
      const fields = {
        ...given,
        external_id: checkedUid(uid, "endpoint"),
        org_id: String(given["org_id"]),
      };
      await endpoints.lookUp("operator", [{ url: given["url"] }]);
      const { id, isNew } = await change(tenants, dry_run === true, (transaction) =>
        importSvixEndpoint(transaction, endpoints, { svixId, fields }, { nowMs, by: actor }),
      );
      return { endpoint_id: id, is_new: isNew };
    },
  };
}

/** Ends the transaction of a dry run, so that nothing is stored. */
class DryRun<Result> extends Error {
  readonly result: Result;

  constructor(result: Result) {
    super("a dry run stores nothing");
    this.result = result;
  }
}

/** Makes a change in one transaction. A dry run makes it and takes it back. */
async function change<Result>(
  tenants: FunctionDependencies["tenants"],
  isDryRun: boolean,
  work: (transaction: Client) => Promise<Result>,
): Promise<Result> {
  try {
    return await tenants.change(null, async (transaction) => {
      const result = await work(transaction);
      if (isDryRun) throw new DryRun(result);
      return result;
    });
  } catch (error) {
    if (error instanceof DryRun) return (error as DryRun<Result>).result;
    throw error;
  }
}

/**
 * Returns the uid. One that looks like an id of Svix could name another application.
 * @throws PosthornError `PH_ID_INVALID`
 */
function checkedUid(value: unknown, kind: SvixKind): string | null {
  if (value === undefined || value === null) return null;
  const uid = checkExternalId("uid", value);
  if (!hasSvixPrefix(kind, uid)) return uid;
  const reason = `it begins with ${svixPrefixes[kind]}, as ids of Svix do`;
  throw new PosthornError("PH_ID_INVALID", { field: "uid", reason });
}
