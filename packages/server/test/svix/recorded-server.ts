/** A Svix server with recorded answers: two pages of lists, and everything that can be wrong. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { limits } from "../../src/limits.ts";

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/** The time of every object. */
const at = "2026-01-02T03:04:05.678901Z";

// Ids as Svix makes them: 27 characters of base 62.
export const named = "app_2nKz0UqvZ9zXyQmC7dLwFh3sT1b";
export const unnamed = "app_2nKz5WbKqkT0uVd8SxYhJcE4rGm";
export const plainEndpoint = "ep_2nL01yH6tQe8ZbKvPdXsWmRc9fA";
export const guardedEndpoint = "ep_2nL04Vn2yGf7CjTqLbXoWkHs5eD";
export const signedEndpoint = "ep_2nL07Bd9uRh3MxYpQcZtVwJa6gE";
export const transformedEndpoint = "ep_2nL08Ce2tQk5NyZrPbXsVmHa4fD";
export const goneApplication = "app_2nKz7QdRtYu3WvXb9LmNcKp6hJs";

const list = (data: readonly object[], done = true, iterator = "next"): object => ({
  data,
  done,
  iterator,
  prevIterator: "previous",
});
const application = (id: string, uid: string | null, name: string): object => ({
  id,
  name,
  ...(uid === null ? {} : { uid }),
  metadata: { plan: "gold" },
  createdAt: at,
  updatedAt: at,
});
const endpointAt = (receiverUrl: string, id: string, path: string, fields: object): object => ({
  id,
  url: `${receiverUrl}${path}`,
  description: "from before",
  version: 1,
  disabled: false,
  filterTypes: null,
  eventTypes: null,
  channels: null,
  uid: null,
  metadata: {},
  rateLimit: null,
  createdAt: at,
  updatedAt: at,
  ...fields,
});

/** The answers by path. The lists of applications and event types have two pages. */
function answersFor(receiverUrl: string): Readonly<Record<string, object>> {
  const endpoint = (id: string, path: string, fields: object = {}): object =>
    endpointAt(receiverUrl, id, path, fields);
  const type = (name: string, fields: object = {}): object => ({
    name,
    description: `About ${name}`,
    archived: false,
    deprecated: false,
    schemas: { 1: { type: "object" } },
    createdAt: at,
    updatedAt: at,
    ...fields,
  });
  const size = `limit=${limits.svixPageMax}`;
  const types = "/event-type?with_content=true&include_archived=true";
  return {
    [`${types}&${size}`]: list([type("invoice.paid")], false),
    [`${types}&${size}&iterator=next`]: list([
      type("invoice.voided", { archived: true }),
      type("beta.started", { featureFlag: "beta" }),
    ]),
    [`/app?${size}`]: list([application(named, "cus_1", "Globex")], false),
    [`/app?${size}&iterator=next`]: list([
      application(unnamed, null, "Initech"),
      application(goneApplication, null, "Just deleted"),
    ]),
    [`/app/${named}/endpoint?${size}`]: list([
      endpoint(plainEndpoint, "/plain", {
        eventTypes: ["invoice.paid"],
        channels: ["eu"],
        uid: "main",
        rateLimit: 20,
        metadata: { team: "billing" },
      }),
      endpoint(guardedEndpoint, "/guarded", { disabled: true }),
    ]),
    [`/app/${unnamed}/endpoint?${size}`]: list([
      endpoint(signedEndpoint, "/signed?token=hidden", { uid: "moved\u001b[2Kup" }),
      endpoint(transformedEndpoint, "/transformed"),
    ]),
    [`/app/${unnamed}/endpoint/${transformedEndpoint}/secret`]: { key: secret },
    [`/app/${unnamed}/endpoint/${transformedEndpoint}/transformation`]: {
      enabled: true,
      code: "function handler(webhook) { return webhook }",
    },
    [`/app/${named}/endpoint/${plainEndpoint}/secret`]: { key: secret },
    [`/app/${named}/endpoint/${guardedEndpoint}/secret`]: { key: secret },
    [`/app/${unnamed}/endpoint/${signedEndpoint}/secret`]: {
      key: "whpk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbg=",
    },
    [`/app/${named}/endpoint/${plainEndpoint}/headers`]: {
      headers: { "x-team": "billing" },
      sensitive: [],
    },
    [`/app/${named}/endpoint/${guardedEndpoint}/headers`]: {
      headers: {},
      sensitive: ["authorization"],
    },
  };
}

export interface RecordedServer {
  readonly url: string;
  /** The token and the path of each request. */
  readonly asked: string[];
  /** Answers that come first. The status 0 ends the connection in the middle of a body. */
  readonly failures: { readonly status: number; readonly retryAfter?: string }[];
  close(): Promise<unknown>;
}

/** @param receiverUrl where the endpoints of the server are. */
export async function startRecordedServer(receiverUrl: string): Promise<RecordedServer> {
  const asked: string[] = [];
  const failures: RecordedServer["failures"] = [];
  const answers = answersFor(receiverUrl);
  const server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/^\/api\/v1/, "");
    asked.push(`${request.headers.authorization ?? ""} ${path}`);
    const failure = failures.shift();
    const answer = answers[path];
    response.setHeader("content-type", "application/json");
    if (failure?.status === 0) {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.destroy());
    } else if (failure !== undefined) {
      const { status, retryAfter } = failure;
      response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
      response.end("{}");
    } else if (answer === undefined) response.writeHead(404).end('{"code":"not_found"}');
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    failures,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
