/** `app-portal-access`: a link into Posthorn's own portal, and an application's token. */
import { limits } from "../../limits.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { appFields } from "./applications.ts";
import { Fields, namePattern } from "./fields.ts";
import { createForMessage } from "./messages.ts";

const expirySecondsLeast = 3_600;

/** What Svix's portal lets a customer do. Posthorn's portal shows everything, or changes it too. */
const capabilities = [
  "ViewBase",
  "ViewEndpointSecret",
  "ManageEndpointSecret",
  "CreateAttempts",
  "ManageEndpoint",
  "ManageTransformations",
] as const;

/** The capabilities without those that have no effect in Posthorn. */
const needed = capabilities.filter((each) => each !== "ManageTransformations");

/** True if the portal may only show; undefined if the list has no equivalent. */
function isReadOnlyOf(given: readonly string[]): boolean | undefined {
  if (needed.every((each) => given.includes(each))) return false;
  return given.length === 1 && given[0] === "ViewBase" ? true : undefined;
}

async function appPortalAccess(call: Call): Promise<Answer> {
  call.query.check();
  const named = await call.namedApp();
  const body = Fields.parse(call.facts.bodyText);
  const inner = body.inner("application");
  const application = inner === undefined || inner === null ? null : appFields(inner);
  inner?.end();
  const flagRule = { charsLeast: 1, charsMax: 256, pattern: namePattern };
  const featureFlags = body.texts("featureFlags", flagRule, limits.svixFeatureFlagsMax, 0) ?? [];
  const capabilityRule = { charsMax: 64, pattern: new RegExp(`^(${capabilities.join("|")})$`) };
  const given = body.texts("capabilities", capabilityRule, capabilities.length, 0);
  const isReadOnly =
    given === undefined || given === null || given.length === 0
      ? (body.boolean("readOnly") ?? false)
      : isReadOnlyOf(given);
  body.boolean("readOnly");
  if (isReadOnly === undefined) {
    const all = needed.join(", ");
    body.refuse("capabilities", `Posthorn's portal has ViewBase alone, or all of ${all}`);
  }
  body.unsupported("sessionId", "Posthorn's sessions have no names");
  const seconds =
    body.integer("expiry", expirySecondsLeast, limits.portalSecondsMax) ?? limits.portalSecondsMax;
  body.check();
  const known = await call.dependencies.knownOrgs.find(named.id);
  const app = known ?? (await createForMessage(call, named, application));
  const { tenants, sessions, svixTokens, publicUrl } = call.dependencies;
  const { token: linkToken } = await tenants.change(app.id, (transaction) =>
    sessions.createLink(
      transaction,
      {
        org: app,
        role: isReadOnly === true ? "read" : "manage",
        appearance: "auto",
        returnUrl: null,
        linkSeconds: seconds,
        sessionSeconds: seconds,
      },
      call.facts.actor,
    ),
  );
  const token = await svixTokens.create({
    orgId: app.id,
    isReadOnly: isReadOnly === true,
    featureFlags,
    seconds,
  });
  return { status: 200, body: { url: `${publicUrl()}/portal#${linkToken}`, token } };
}

export const portalOperations: readonly Operation[] = [
  {
    id: "authentication.app-portal-access",
    method: "POST",
    path: "/auth/app-portal-access/:app_id",
    roles: [],
    handle: appPortalAccess,
  },
];
