/** Publishes events on both paths, and says which endpoints got them. */
import pg from "pg";
import { representation, startTestService, type Row, type TestService } from "./service.ts";
import { startReceiver, until, type Receiver } from "./receiver.ts";

export const endpoints = "/rest/v1/webhook_endpoints";
export const events = "/rest/v1/webhook_events";
export const sample = { scan_id: "s-1" };

export interface Published {
  readonly type?: string;
  readonly data?: unknown;
  readonly channels?: readonly string[];
}

export class RoutingTester {
  readonly posthorn: TestService;
  readonly receiver: Receiver;
  readonly database: pg.Client;
  /** The org of the current test. */
  orgId = "";

  private constructor(posthorn: TestService, receiver: Receiver, database: pg.Client) {
    this.posthorn = posthorn;
    this.receiver = receiver;
    this.database = database;
  }

  static async start(): Promise<RoutingTester> {
    const posthorn = await startTestService();
    const database = new pg.Client({ connectionString: posthorn.databaseUrl });
    await database.connect();
    return new RoutingTester(posthorn, await startReceiver(), database);
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.posthorn.close();
    await this.receiver.close();
  }

  async addTypes(rows: object): Promise<void> {
    const { status, text } = await this.posthorn.api.post("/rest/v1/webhook_event_types", rows);
    if (status !== 201) throw new Error(text);
  }

  async addEndpoint(rules: object): Promise<string> {
    const fields = { org_id: this.orgId, url: this.receiver.url, ...rules };
    const { status, row, text } = await this.posthorn.api.post(endpoints, fields);
    if (status !== 201) throw new Error(text);
    return row.id;
  }

  async publish(published: Published): Promise<string> {
    const { type = "scan.completed", data = sample, channels } = published;
    const fields = { org_id: this.orgId, event_type: type, data, channels };
    const { status, row, text } = await this.posthorn.api.post(events, fields, representation);
    if (status !== 201) throw new Error(text);
    return row.id;
  }

  async publishInSql(published: Published): Promise<string> {
    const { type = "scan.completed", data = sample, channels } = published;
    const { rows } = await this.database.query<{ id: string }>(
      "select posthorn.publish($1::text, $2, $3, channels => $4) as id",
      [this.orgId, type, JSON.stringify(data), channels ?? null],
    );
    return rows[0]!.id;
  }

  async explain(eventId: string): Promise<readonly Row[]> {
    return (await this.posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId })).rows;
  }

  /**
   * Publishes an event over HTTP and from SQL, and returns the endpoints that got it.
   * @throws Error if the paths differ, or the number that the event shows.
   */
  async targetsOf(published: Published): Promise<readonly string[]> {
    const overHttp = await this.#reachedBy(await this.publish(published));
    const fromSql = await this.#reachedBy(await this.publishInSql(published));
    if (String(overHttp) !== String(fromSql)) {
      throw new Error(`${String(overHttp)} got it over HTTP, ${String(fromSql)} from SQL.`);
    }
    return overHttp;
  }

  async #reachedBy(eventId: string): Promise<readonly string[]> {
    const rows = (await this.explain(eventId)).filter((row) => row["delivery_id"] !== null);
    const { rows: stored } = await this.posthorn.api.get(`${events}?id=eq.${eventId}`);
    const matched = stored[0]?.["endpoints_matched"];
    if (matched !== rows.length) throw new Error(`${String(matched)} is not ${rows.length}.`);
    return rows.map((row) => String(row["endpoint_id"])).toSorted();
  }

  /**
   * Replays what the endpoint missed.
   * @returns how many deliveries a dry run counted, and how many were created.
   */
  async replayMissed(endpointId: string): Promise<{ counted: number; replayed: number }> {
    const path = "/rest/v1/rpc/replay";
    const given = { endpoint_id: endpointId, status: "missed" };
    const dry = await this.posthorn.api.post(path, { ...given, dry_run: true });
    const { row } = await this.posthorn.api.post(path, given);
    let replayed = -1;
    await until(async () => {
      const { rows } = await this.posthorn.api.get(`/rest/v1/webhook_replays?id=eq.${row.id}`);
      replayed = Number(rows[0]?.["replayed"]);
      return rows[0]?.["state"] === "done";
    }, "the end of the replay");
    return { counted: Number(dry.row["total"]), replayed };
  }
}
