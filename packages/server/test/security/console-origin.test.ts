/**
 * Pages of these origins may use a session: the public URL and the service's own URL, behind any
 * proxy.
 */
import { request as httpRequest } from "node:http";
import { afterEach, expect, test } from "vitest";
import { subscribe } from "../support/flow.ts";
import { adminKey, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService | null = null;
afterEach(async () => {
  await posthorn?.close();
  posthorn = null;
});

const start = async (environment: Record<string, string>): Promise<TestService> => {
  posthorn = await startTestService({ environment });
  return posthorn;
};

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly cookie: string;
  readonly body: Record<string, unknown>;
}

/** Sends a request with any Host and Origin header, which `fetch` does not allow. */
function ask({ service }: TestService, { method, path, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const options = { method: method ?? "GET", headers: { ...type, ...headers } };
    const asked = httpRequest(service.url + path, options, (response) => {
      const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      const answered = (text: string): void => {
        const isJson = text.startsWith("{");
        const parsed = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, cookie, body: parsed });
      };
      if (response.headers["content-type"]?.startsWith("text/event-stream") === true) {
        response.destroy();
        return answered("");
      }
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => answered(text));
    });
    asked.once("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const signIn = (service: TestService, headers: Readonly<Record<string, string>>) =>
  ask(service, {
    method: "POST",
    path: "/console/session",
    headers: { "sec-fetch-site": "same-origin", ...headers },
    body: { key: adminKey },
  });

test("behind a proxy that changes the Host header, the public URL's page works", async () => {
  const service = await start({ POSTHORN_PUBLIC_URL: "https://hooks.example.com" });
  const own = { host: "posthorn_upstream", origin: "https://hooks.example.com" };
  const signedIn = await signIn(service, own);
  expect(signedIn.status).toBe(200);
  const session = {
    ...own,
    cookie: signedIn.cookie,
    "x-posthorn-session": String(signedIn.body["id"]),
  };
  const { endpointId } = await subscribe(service, "http://127.0.0.1:9/");
  const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
  const changes = { method: "PATCH", path, body: { description: "by session" } };
  const everything: readonly Omit<Asked, "headers">[] = [
    changes,
    { path: "/rest/v1/webhook_orgs" },
    { path: "/rest/v1/stream" },
    { path: "/rest/v1/rpc/overview" },
    { path: "/console/session" },
    { method: "DELETE", path },
  ];
  for (const each of everything) {
    const { status } = await ask(service, { ...each, headers: session });
    expect([each.path, status < 300]).toEqual([each.path, true]);
    const foreign = { ...session, origin: "https://evil.example.com" };
    const refused = await ask(service, { ...each, headers: foreign });
    expect(refused.body["code"], each.path).toBe("PH_ORIGIN_WRONG");
  }
});

test.each(["https://hooks.example.com/", "HTTPS://Hooks.Example.COM:443"])(
  "%s is the same origin",
  async (publicUrl) => {
    const service = await start({ POSTHORN_PUBLIC_URL: publicUrl });
    const own = { host: "upstream:8420", origin: "https://hooks.example.com" };
    expect((await signIn(service, own)).status).toBe(200);
  },
);

test("other origins are rejected: a different scheme, port or name", async () => {
  const service = await start({ POSTHORN_PUBLIC_URL: "https://hooks.example.com" });
  const foreign = [
    "http://hooks.example.com",
    "https://hooks.example.com:8443",
    "https://hooks.example.com.evil.example",
    "https://example.com",
    "file://hooks.example.com",
    "null",
    "",
  ];
  for (const origin of foreign) {
    const refused = await signIn(service, { host: "upstream", origin });
    expect([origin, refused.body["code"]]).toEqual([origin, "PH_ORIGIN_WRONG"]);
  }
});

test("the request's Host counts, with or without the default port", async () => {
  const service = await start({});
  const accepted = [
    ["hooks.example.com:443", "https://hooks.example.com"],
    ["Hooks.example.com", "https://hooks.example.com"],
    ["hooks.example.com:8420", "http://hooks.example.com:8420"],
  ] as const;
  for (const [host, origin] of accepted) {
    expect([host, (await signIn(service, { host, origin })).status]).toEqual([host, 200]);
  }
  const refused = await signIn(service, { host: "a.example", origin: "https://a.example:444" });
  expect(refused.status).toBe(403);
});

test.each([
  ["", 403],
  ["127.0.0.0/8", 200],
  ["10.0.0.0/8", 403],
])("X-Forwarded-Host counts only from a trusted proxy: %j", async (proxies, status) => {
  const service = await start(proxies === "" ? {} : { POSTHORN_TRUST_PROXY: proxies });
  const headers = {
    host: "upstream",
    "x-forwarded-host": "hooks.example.com",
    origin: "https://hooks.example.com",
  };
  expect((await signIn(service, headers)).status).toBe(status);
});
