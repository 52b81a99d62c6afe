/** The service, receiver and queries that the audit tests share. */
import pg from "pg";
import { answerStatus, startReceiver, type Receiver } from "./receiver.ts";
import { startTestService, type Api, type Row, type TestService } from "./service.ts";

export interface Audited {
  readonly posthorn: TestService;
  /** A receiver that answers 500, so that deliveries stay pending. */
  readonly receiver: Receiver;
  readonly database: pg.Client;
  /** All entries about one subject, sorted by action and by changed fields. */
  entriesOf(subjectId: string, api?: Api): Promise<readonly Row[]>;
  /** The only entry with this action. */
  entryOf(subjectId: string, action: string): Promise<Row>;
  countOfOrg(orgId: string): Promise<number>;
  newKey(orgId: string, role: string, name?: string): Promise<{ id: string; api: Api }>;
  close(): Promise<void>;
}

export async function startAudited(): Promise<Audited> {
  const posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,1h" } });
  const receiver = await startReceiver(answerStatus(500));
  const database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  const entriesOf: Audited["entriesOf"] = async (subjectId, api = posthorn.api) => {
    return inOrder((await api.get(`/rest/v1/webhook_audit?subject_id=eq.${subjectId}`)).rows);
  };
  return {
    posthorn,
    receiver,
    database,
    entriesOf,
    async entryOf(subjectId, action) {
      const entries = (await entriesOf(subjectId)).filter((each) => each["action"] === action);
      if (entries.length !== 1) throw new Error(`${entries.length} entries of ${action}`);
      return entries[0]!;
    },
    async countOfOrg(orgId) {
      const { rows } = await database.query<{ count: number }>(
        "select count(*)::integer as count from posthorn.audit_entries where org_id = $1",
        [orgId],
      );
      return rows[0]!.count;
    },
    async newKey(orgId, role, name = `${role} key`) {
      const fields = { org_id: orgId, name, role };
      const { row } = await posthorn.api.post("/rest/v1/api_keys", fields);
      return { id: row.id, api: posthorn.apiWith(String(row["key"])) };
    },
    async close() {
      await database.end();
      await receiver.close();
      await posthorn.close();
    },
  };
}

/**
 * Changes within one millisecond have no defined order, so the entries are sorted before a
 * comparison.
 */
function inOrder(entries: readonly Row[]): readonly Row[] {
  const keyOf = ({ action, changes }: Row): string => JSON.stringify([action, changes]);
  return entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
