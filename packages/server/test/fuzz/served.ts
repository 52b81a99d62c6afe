/**
 * A service on a new database with one org, and the checks that every response must pass.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import pg from "pg";
import { errorCatalogue } from "../../src/errors/catalogue.ts";
import { codesPassedOn } from "../../src/postgres/asked.ts";
import { startEmbeddedPostgres } from "../../src/embedded/index.ts";
import { makeTestFolder } from "../../src/testing/test-folder.ts";
import { deliveryWith, publish } from "../support/flow.ts";
import { startReceiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";
import { jwtSecret } from "../support/tokens.ts";
import { caseMsMax } from "./check.ts";
import { bytesOf, RawConnection, type RawAnswer, type RawRequest } from "./connection.ts";

/** Ids and credentials that exist, for use in requests. */
export interface Known {
  readonly orgId: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly deliveryId: string;
  readonly receiverUrl: string;
  readonly sessionId: string;
  /** The value of the session's cookie. */
  readonly sessionToken: string;
  readonly keys: Readonly<Record<"admin" | "manage" | "publish" | "read", string>>;
}

export interface Served {
  readonly known: Known;
  readonly database: pg.Client;
  /** Sends the request, and runs the checks on the response. */
  ask(request: RawRequest): Promise<RawAnswer>;
  /**
   * Does the same with bytes that may not form exactly one request. Returns null if the server
   * closes the connection without a response.
   */
  askRaw(bytes: Uint8Array): Promise<RawAnswer | null>;
  close(): Promise<void>;
}

/** @param adminUrl the URL of a PostgreSQL server; without it, the function starts one. */
export async function startServed(adminUrl?: string): Promise<Served> {
  const server = adminUrl === undefined ? await startDatabaseServer() : null;
  const receiver = await startReceiver();
  const posthorn = await startTestService({
    adminUrl: adminUrl ?? server?.url ?? "",
    environment: { POSTHORN_JWT_SECRET: jwtSecret },
  });
  const database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  const port = Number(new URL(posthorn.service.url).port);
  const connection = new RawConnection(port);
  return {
    known: await makeKnown(posthorn, receiver.url),
    database,
    async ask(request) {
      const isHead = request.method === "HEAD";
      const answer = await connection.send(bytesOf(request), caseMsMax, isHead);
      assert.ok(answer !== null, "It closed the connection without an answer");
      checkAnswer(answer, isHead);
      return answer;
    },
    async askRaw(bytes) {
      const answer = await RawConnection.sendAlone(port, bytes, caseMsMax);
      if (answer !== null) checkAnswer(answer, answer.body === "");
      return answer;
    },
    async close() {
      connection.close();
      await database.end();
      await posthorn.close();
      await receiver.close();
      await server?.close();
    },
  };
}

async function startDatabaseServer() {
  const folder = await makeTestFolder();
  const server = await startEmbeddedPostgres({
    dataDir: join(folder.memory, "embedded"),
    outsideDir: join(folder.disk, "outside"),
    settings: { fsync: "off", full_page_writes: "off", synchronous_commit: "off" },
  });
  return {
    url: server.connectionString,
    async close() {
      await server.stop();
      await folder.remove();
    },
  };
}

async function makeKnown(posthorn: TestService, receiverUrl: string): Promise<Known> {
  const { api } = posthorn;
  const orgId = posthorn.newOrg();
  const fields = { org_id: orgId, url: receiverUrl };
  const { row: endpoint } = await api.post("/rest/v1/webhook_endpoints", fields);
  const keyOf = async (role: string): Promise<string> => {
    const prefer = { prefer: "return=representation" };
    const key = { org_id: orgId, name: role, role };
    return String((await api.post("/rest/v1/api_keys", key, prefer)).row["key"]);
  };
  // Data that PostgreSQL stores as JSON but cannot convert to text.
  const data = { scan_id: "s-1", a: "\u0000", k: { a: "\ud800" }, "0": [1, "2"] };
  const eventId = await publish(api, orgId, { data });
  const delivery = await deliveryWith(api, `event_id=eq.${eventId}`, () => true);
  const read = await keyOf("read");
  const session = await api.post("/console/session", { key: read });
  return {
    orgId,
    endpointId: endpoint.id,
    eventId,
    deliveryId: delivery.id,
    receiverUrl,
    sessionId: session.row.id,
    sessionToken: /=([^;]+)/.exec(session.headers.get("set-cookie") ?? "")?.[1] ?? "",
    keys: {
      admin: api.key,
      manage: await keyOf("manage"),
      publish: await keyOf("publish"),
      read,
    },
  };
}

const known = { ...errorCatalogue, ...codesPassedOn };
const objectMembers = Object.getOwnPropertyNames(Object.prototype).length;

/**
 * A response must not have status 500, a format outside the dialect, or a code outside the
 * catalogue.
 */
function checkAnswer({ status, headers, body }: RawAnswer, isHead: boolean): void {
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, objectMembers, "polluted");
  assert.ok(status >= 200 && status < 500, `It was answered ${status} ${body}`);
  if (status < 400 || isHead) return;
  assert.match(headers.get("content-type") ?? "", /^application\/(?:\S+\+)?json/, body);
  const error = JSON.parse(body) as Record<string, unknown>;
  assert.deepEqual(Object.keys(error), ["code", "details", "hint", "message"], body);
  assert.ok(typeof error["code"] === "string" && Object.hasOwn(known, error["code"]), body);
  assert.ok(typeof error["message"] === "string" && error["message"] !== "", body);
}
