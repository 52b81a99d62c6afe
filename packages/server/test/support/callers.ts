/** Creates one caller of each kind, for its own org and for another. */
import { callers, type Caller } from "./access-table.ts";
import { until } from "./receiver.ts";
import { adminKey, representation, type TestService } from "./service.ts";
import { claims, tokenOf } from "./tokens.ts";

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** The credentials with which this caller signs in to the console. */
  readonly signIn: Readonly<Record<string, string>>;
}

const withKey = (key: string): Credentials => ({ headers: { apikey: key }, signIn: { key } });

async function keyFor(
  posthorn: TestService,
  orgId: string | null,
  role: string,
  expiresAt: string | null = null,
): Promise<Credentials> {
  const fields = { org_id: orgId, role, expires_at: expiresAt };
  const { status, row, text } = await posthorn.api.post(
    "/rest/v1/api_keys",
    fields,
    representation,
  );
  if (status !== 201) throw new Error(`Creating a key was answered ${status} ${text}`);
  return withKey(String(row["key"]));
}

/** A session opened with a portal link, and a second link for signing in. */
export async function portalSession(
  posthorn: TestService,
  orgId: string,
  isReadOnly: boolean,
): Promise<Credentials> {
  const link = async (): Promise<string> => {
    const given = { org_id: orgId, read_only: isReadOnly };
    const { row } = await posthorn.api.post("/rest/v1/rpc/portal_link", given);
    return String(row["url"]).split("#")[1] ?? "";
  };
  const opened = await posthorn.api.post("/console/session", { link: await link() });
  const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
  return {
    headers: { cookie, "x-posthorn-session": opened.row.id },
    signIn: { link: await link() },
  };
}

export async function oneOfEach(
  posthorn: TestService,
  orgId: string,
  otherOrgId: string,
): Promise<Readonly<Record<Caller, Credentials>>> {
  const token = async (given: Parameters<typeof claims>[0]): Promise<Credentials> =>
    withKey(await tokenOf(claims(given)));
  const ofRole = (webhook_role: string) => token({ org_id: orgId, webhook_role });
  const soon = new Date(Date.now() + 700).toISOString();
  const made: Record<Caller, Credentials> = {
    "no key": { headers: {}, signIn: {} },
    "wrong key": withKey("phk_wrong"),
    "expired key": await keyFor(posthorn, orgId, "manage", soon),
    "expired JWT": await token({ org_id: orgId, webhook_role: "manage", exp: 1_700_000_000 }),
    "JWT anon": await token({ role: "anon", aud: "anon" }),
    "publish key": await keyFor(posthorn, orgId, "publish"),
    "publish JWT": await ofRole("publish"),
    "read key": await keyFor(posthorn, orgId, "read"),
    "read JWT": await ofRole("read"),
    "read portal": await portalSession(posthorn, orgId, true),
    "manage key": await keyFor(posthorn, orgId, "manage"),
    "manage JWT": await ofRole("manage"),
    "manage portal": await portalSession(posthorn, orgId, false),
    "other org's key": await keyFor(posthorn, otherOrgId, "manage"),
    "other org's JWT": await token({ org_id: otherOrgId, webhook_role: "manage" }),
    "metrics key": await keyFor(posthorn, null, "metrics"),
    "publish_all key": await keyFor(posthorn, null, "publish_all"),
    "publish_all JWT": await token({ webhook_role: "publish_all" }),
    "admin key": withKey(adminKey),
    "JWT service_role": await token({ role: "service_role", sub: "platform" }),
  };
  if (Object.keys(made).length !== callers.length) throw new Error("An caller is missing.");
  await until(() => posthorn.service.clock.now() > Date.parse(soon), "the key's end");
  return made;
}
