/** The operations on applications, which are orgs. */
import { limits } from "../../limits.ts";
import { uuidV7 } from "../../model/id.ts";
import { orgIdText, parseOrgId, type OrgId } from "../../model/org-id.ts";
import { svixId, svixPrefixes, uuidOfSvixId } from "../../model/svix-id.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { setOrgMetadata } from "../../registry/metadata.ts";
import { isBeingErased, saveOrg, updateOrgs } from "../../registry/orgs.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { Refusal } from "./errors.ts";
import { Fields } from "./fields.ts";
import { listAnswer, pageOf, readingOf } from "./query.ts";

interface AppRow {
  id: string;
  external_id: string | null;
  name: string | null;
  metadata: Readonly<Record<string, string>>;
  created_at: Date;
  updated_at: Date | null;
  /** `created_at` in microseconds, which a Date does not have. */
  created_us: string;
}

const columns = `app.id, app.external_id, app.name, app.metadata, app.created_at, app.updated_at,
  (extract(epoch from app.created_at) * 1000000)::bigint::text as created_us`;

function shown({ id, external_id, name, metadata, created_at, updated_at }: AppRow): object {
  const uid = uidOf({ id, externalId: external_id });
  return {
    id: svixId("app", id),
    name: name ?? "",
    ...(uid === null ? {} : { uid }),
    metadata,
    createdAt: created_at.toISOString(),
    updatedAt: (updated_at ?? created_at).toISOString(),
  };
}

/**
 * The platform's own id of an application. An application without one has a UUID v8 that Posthorn
 * chose: no platform's own UUIDs have that version.
 */
export function uidOf({ id, externalId }: OrgId): string | null {
  if (externalId !== null) return externalId;
  return id.charAt(14) === "8" ? null : id;
}

/** The fields of an application in a body. */
export interface AppFields {
  readonly name: string | undefined;
  readonly uid: string | null | undefined;
  readonly metadata: Readonly<Record<string, unknown>> | null | undefined;
}

/** Reads the fields of an application; `inner` is the body or an object in it. */
export function appFields(inner: Fields, isPatch = false): AppFields {
  const rule = { charsLeast: 1, charsMax: limits.nameCharsMax };
  const name = isPatch ? inner.text("name", rule) : inner.required("name", rule);
  const why = "Posthorn limits the rate of endpoints, not of applications";
  inner.unsupported("throttleRate", why);
  inner.unsupported("rateLimit", why);
  if (isPatch && name === null) inner.refuse("name", "it must be text");
  return {
    name: name ?? undefined,
    uid: inner.uid("uid", svixPrefixes.app),
    metadata: inner.record("metadata"),
  };
}

async function find(call: Call, id: string): Promise<AppRow> {
  const { rows } = await call.read(id, (database) => selectOne(database, id));
  if (rows[0] === undefined) throw new Refusal("not_found");
  return rows[0];
}

function selectOne(database: Queryable, id: string): Promise<{ rows: AppRow[] }> {
  return database.query<AppRow>(
    `select ${columns} from posthorn.webhook_orgs as app where app.id = $1`,
    [id],
  );
}

/** Creates an application in a transaction. Its uid must be free. */
export async function createApp(
  call: Call,
  transaction: Queryable,
  fields: AppFields,
): Promise<OrgId> {
  const uid = fields.uid ?? newAppId(call);
  const org = parseOrgId(uid);
  if (await isBeingErased(transaction, org.id)) {
    const detail = "An application with this uid is being deleted. Try again in a minute.";
    throw new Refusal("conflict", detail);
  }
  await saveOrg(
    transaction,
    uid,
    { name: fields.name },
    {
      isUpsert: false,
      ...call.change,
    },
  );
  await setMetadata(call, transaction, org, fields);
  return org;
}

/** A new UUID v8 that sorts by time. `uidOf` recognizes it. */
function newAppId({ nowMs, dependencies }: Call): string {
  const id = uuidV7(nowMs, dependencies.random.bytes(10));
  return `${id.slice(0, 14)}8${id.slice(15)}`;
}

async function setMetadata(
  call: Call,
  transaction: Queryable,
  org: OrgId,
  { metadata }: AppFields,
): Promise<void> {
  if (metadata === undefined) return;
  const subject = { id: org.id, text: orgIdText(org) };
  await setOrgMetadata(transaction, subject, metadata ?? {}, call.change);
}

async function answerApp(transaction: Queryable, id: string, status: number): Promise<Answer> {
  const { rows } = await selectOne(transaction, id);
  const [row] = rows;
  if (row === undefined) throw new Refusal("not_found");
  return { status, body: shown(row) };
}

/** A place in the list: the time of creation, and the id. */
function placeOf({ id, created_us }: AppRow): string {
  return `${svixId("app", id)}_${created_us}`;
}

async function list(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, "ascending");
  for (const name of ["endpoints", "disabled_endpoints", "svix_play_endpoints"]) {
    const kind =
      name === "endpoints" ? "exclude_apps_with_no_endpoints" : `exclude_apps_with_${name}`;
    query.unsupported(kind, "Posthorn does not filter applications");
  }
  const [, appId = "", createdUs = null] =
    /^(app_\w{27})(?:_(\d{1,17}))?$/.exec(page.after ?? "") ?? [];
  const id = uuidOfSvixId("app", appId);
  if (page.after !== null && id === null) query.refuse("iterator", "it is no iterator");
  query.check();
  const { order, comparison, limit } = readingOf(page);
  const { rows } = await call.read(null, (database) =>
    database.query<AppRow>(
      `select ${columns} from posthorn.webhook_orgs as app
       where ($1::uuid is null or (app.created_at, app.id) ${comparison} (
               coalesce(timestamptz 'epoch' + $2::bigint * interval '1 microsecond',
                        (select created_at from posthorn.orgs where id = $1)), $1::uuid))
         and not exists (select from posthorn.erasures
                         where org_id = app.id and finished_at is null)
       order by app.created_at ${order}, app.id ${order} limit $3`,
      [id, createdUs, limit],
    ),
  );
  return { status: 200, body: listAnswer(page, rows, placeOf, shown) };
}

async function create(call: Call): Promise<Answer> {
  const mayExist = call.query.boolean("get_if_exists", false);
  call.query.check();
  const body = Fields.parse(call.facts.bodyText);
  const fields = appFields(body);
  body.check();
  if (mayExist && typeof fields.uid === "string") {
    const known = await call.dependencies.knownOrgs.find(parseOrgId(fields.uid).id);
    if (known !== null) return { status: 200, body: shown(await find(call, known.id)) };
  }
  const uid = fields.uid ?? newAppId(call);
  const work = async (transaction: Queryable): Promise<Answer> => {
    const { id } = await createApp(call, transaction, { ...fields, uid });
    return answerApp(transaction, id, 201);
  };
  return call.write(null, work, parseOrgId(uid).id);
}

async function get(call: Call): Promise<Answer> {
  call.query.check();
  const { id } = await call.app();
  return { status: 200, body: shown(await find(call, id)) };
}

/** The uid is part of an application's identity: publishing computes the application from it. */
function checkUid(body: Fields, { uid }: AppFields, current: string | null): void {
  if (uid === undefined || uid === current) return;
  body.refuse("uid", "The uid of an application cannot be changed. Create another application");
}

async function change(call: Call, org: OrgId, fields: AppFields): Promise<Answer> {
  return call.write(org.id, async (transaction) => {
    if (fields.name !== undefined) {
      await updateOrgs(transaction, [org.id], { name: fields.name }, call.change);
    }
    await setMetadata(call, transaction, org, fields);
    return answerApp(transaction, org.id, 200);
  });
}

/**
 * Replaces an application, or creates it. A new one gets the uid of the path, so that a repeated
 * request finds it.
 */
async function upsert(call: Call): Promise<Answer> {
  call.query.check();
  const named = await call.namedApp();
  const body = Fields.parse(call.facts.bodyText);
  const given = appFields(body);
  const fields = { ...given, metadata: given.metadata ?? {} };
  const known = await call.dependencies.knownOrgs.find(named.id);
  const uid = uidOf(known ?? named);
  checkUid(body, { ...fields, uid: fields.uid ?? uid }, uid);
  body.check();
  if (known !== null) return change(call, known, fields);
  if (uid === null || call.param("app_id").startsWith(svixPrefixes.app)) {
    throw new Refusal("not_found");
  }
  return call.write(null, async (transaction) => {
    const { id } = await createApp(call, transaction, { ...fields, uid });
    return answerApp(transaction, id, 201);
  });
}

async function patch(call: Call): Promise<Answer> {
  call.query.check();
  const org = await call.app();
  const body = Fields.parse(call.facts.bodyText);
  const fields = appFields(body, true);
  checkUid(body, fields, uidOf(org));
  body.check();
  return change(call, org, fields);
}

async function remove(call: Call): Promise<Answer> {
  call.query.check();
  const org = await call.app();
  const { tenants, erasures, node, authenticator, sessions, knownOrgs } = call.dependencies;
  await tenants.inTurn(null, () => erasures.start(org, call.nowMs, call.facts.actor));
  knownOrgs.forget(org.id);
  node.poller.announce({ hasErasures: true });
  authenticator.forget();
  sessions.forget();
  return { status: 204 };
}

const path = "/app/:app_id";

export const applicationOperations: readonly Operation[] = [
  { id: "application.list", method: "GET", path: "/app", roles: [], handle: list },
  { id: "application.create", method: "POST", path: "/app", roles: [], handle: create },
  { id: "application.get", method: "GET", path, roles: ["manage", "read"], handle: get },
  { id: "application.upsert", method: "PUT", path, roles: [], handle: upsert },
  { id: "application.patch", method: "PATCH", path, roles: [], handle: patch },
  { id: "application.delete", method: "DELETE", path, roles: [], handle: remove },
];
