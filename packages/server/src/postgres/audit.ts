/**
 * Writes audit entries in the transaction of the change, so a rollback leaves no entry. The module
 * is in this folder because the registry and the store both use it.
 */
import { auditActions, type Actor, type AuditAction, type AuditSubject } from "../model/audit.ts";
import type { Queryable } from "./pool.ts";

const recordSql = `
insert into posthorn.audit_entries
  (id, created_at, org_id, org_external_id, actor_kind, actor_id, actor_name, remote_address,
   action, subject_kind, subject_id, changes)
select posthorn.uuid_v7($1), $1, subject.org_id, org.external_id, $2, $3,
       coalesce($10::text, key.name),
       $4, $5, $6, subject.id, subject.changes
from unnest($7::uuid[], $8::text[], $9::json[]) as subject (org_id, id, changes)
left join posthorn.orgs as org on org.id = subject.org_id
left join posthorn.api_keys as key on key.id = $3
`;

export interface AuditRecord {
  readonly action: AuditAction;
  readonly by: Actor;
  readonly atMs: number;
}

/** Writes an entry for each subject, in one statement. */
export async function recordAudit(
  transaction: Queryable,
  { action, by, atMs }: AuditRecord,
  subjects: readonly AuditSubject[],
): Promise<void> {
  if (subjects.length === 0) return;
  await transaction.query(recordSql, [
    new Date(atMs).toISOString(),
    by.kind,
    by.id,
    by.remoteAddress,
    action,
    auditActions[action],
    subjects.map((subject) => subject.orgId),
    subjects.map((subject) => subject.id),
    subjects.map((subject) => JSON.stringify(subject.changes)),
    by.name ?? null,
  ]);
}
