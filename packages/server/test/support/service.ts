/** A whole service on a new database, and an HTTP client for it. */
import { randomBytes, randomUUID } from "node:crypto";
import { inject } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import { startService, type Service } from "../../src/service/compose.ts";

/** A JSON object of a response. Most have an id. */
export interface Row {
  readonly id: string;
  readonly [column: string]: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /**
   * The parsed body, or undefined if it is empty. `row` and `rows` are the same value as an object
   * and as a list.
   */
  readonly json: unknown;
  readonly row: Row;
  readonly rows: readonly Row[];
}

export interface Api {
  readonly key: string;
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

export interface TestService {
  readonly service: Service;
  readonly databaseUrl: string;
  readonly encryptionKey: string;
  /** A client that uses the admin key. */
  readonly api: Api;
  apiWith(key: string): Api;
  newOrg(): string;
  /** Starts another node on the same database. The caller must close it before the first node. */
  startSecondNode(): Promise<Service>;
  close(): Promise<void>;
}

export interface TestServiceOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The URL of a PostgreSQL server that replaces the test run's embedded server. */
  readonly adminUrl?: string;
}

export const adminKey = "test-admin-key-0123456789";

/** By server: most files of a process ask for the same one. */
const templates = new Map<string, string>();

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const adminUrl = options.adminUrl ?? inject("postgresUrl");
  const template = templates.get(adminUrl) ?? (await migratedTemplate(adminUrl, migrate));
  templates.set(adminUrl, template);
  const database = await createTestDatabase(adminUrl, { template });
  const encryptionKey = randomBytes(32).toString("base64");
  const config = readConfig(
    { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
    {
      DATABASE_URL: throughPooler(database.url, adminUrl),
      POSTHORN_PORT: "0",
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
      POSTHORN_DRAIN: "2s",
      ...options.environment,
    },
  );
  const service = await startService(config);
  // The second node has the same configuration and keys. Each node listens on a free port.
  return {
    service,
    databaseUrl: database.url,
    encryptionKey,
    api: apiOf(service.url, adminKey),
    apiWith: (key) => apiOf(service.url, key),
    newOrg: () => randomUUID(),
    startSecondNode: () => startService(config),
    async close() {
      await service.close();
      await database.drop();
    },
  };
}

/**
 * In `npm run test:pooler`, services that use the test run's own server connect through PgBouncer.
 */
function throughPooler(url: string, adminUrl: string): string {
  const port = inject("poolerPort");
  if (port === undefined || adminUrl !== inject("postgresUrl")) return url;
  const pooled = new URL(url);
  pooled.host = `127.0.0.1:${port}`;
  return pooled.href;
}

export function apiOf(url: string, key: string): Api {
  const request: Api["request"] = async (method, path, body, headers = {}) => {
    const hasBody = body !== undefined;
    const response = await fetch(url + path, {
      method,
      headers: {
        apikey: key,
        ...(hasBody ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(hasBody ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    const json: unknown = text === "" || !isJson ? undefined : JSON.parse(text);
    return {
      status: response.status,
      headers: response.headers,
      text,
      json,
      row: (Array.isArray(json) ? json[0] : json) as Row,
      rows: (Array.isArray(json) ? json : [json]) as readonly Row[],
    };
  };
  return {
    key,
    request,
    get: (path, headers) => request("GET", path, undefined, headers),
    post: (path, body, headers) => request("POST", path, body, headers),
  };
}

/** Headers that make the response contain the stored rows. */
export const representation = { prefer: "return=representation" } as const;

/** Repeats a change of many rows that a busy machine could not store within limits.changeRowsMs. */
export async function storedInTime(change: () => Promise<Answered>): Promise<Answered> {
  let answered = await change();
  for (let tries = 1; tries < 5 && answered.status === 413; tries += 1) answered = await change();
  return answered;
}
