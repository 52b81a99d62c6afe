/** Text that has a special meaning for terminals and logs, in every field that a tenant can set. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostileTexts } from "../../src/testing/hostile-texts.ts";
import { subscribe } from "../support/flow.ts";
import {
  adminKey,
  representation,
  startTestService,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

interface RawAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Sends these bytes, and reads until the server closes the connection. */
async function send(bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(posthorn.service.url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => (text += chunk));
  socket.write(bytes, "latin1");
  await new Promise<void>((resolve, reject) => {
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
  const [head = "", ...body] = text.split("\r\n\r\n");
  const [statusLine = "", ...headers] = head.split("\r\n");
  return { status: Number(statusLine.split(" ")[1]), headers, body: body.join("\r\n\r\n") };
}

const get = (target: string, ...headers: readonly string[]): Promise<RawAnswer> =>
  send(
    [
      `GET ${target} HTTP/1.1`,
      "host: localhost",
      "connection: close",
      `apikey: ${adminKey}`,
      ...headers,
      "",
      "",
    ].join("\r\n"),
  );

const script = "<script>alert(1)</script>";
const split = "%0d%0aset-cookie:%20forged=1";

describe.each<[string, () => Promise<RawAnswer>]>([
  ["a URL that cannot be decoded", () => get(`/rest/v1/%zz${script}`)],
  ["a name that is too long", () => get(`/rest/v1/${"x".repeat(300)}${script}`)],
  ["a table that there is not", () => get(`/rest/v1/${script}${split}`)],
  ["a place that there is not", () => get(`/${script}${split}`)],
  ["a file with a NUL in its name", () => get(`/assets/%00${script}`)],
  ["a function that there is not", () => get(`/rest/v1/rpc/${script}${split}`)],
  ["a filter that cannot be read", () => get(`/rest/v1/webhook_endpoints?id=${script}${split}`)],
  ["a column that there is not", () => get(`/rest/v1/webhook_endpoints?${script}${split}=eq.1`)],
  ["a media type that there is not", () => get("/rest/v1/webhook_orgs", `accept: ${script}`)],
  ["a schema that there is not", () => get("/rest/v1/webhook_orgs", `accept-profile: ${script}`)],
  [
    "a preference that there is not",
    () => get("/rest/v1/webhook_orgs", `prefer: handling=strict, ${script}`),
  ],
  [
    "a header that has a line break in it",
    () => get("/", `x-a: b\nset-cookie: forged=1\r${script}`),
  ],
  ["headers that are too long", () => get("/", `x-a: ${script.repeat(10_000)}`)],
  ["bytes that are no HTTP", () => send(`${script}\r\n\r\n`)],
  ["two lengths", () => get("/", "content-length: 1", "content-length: 2")],
])("the response to %s", (_what, ask) => {
  test("is JSON, says so, and has no header of the caller's", async () => {
    const { status, headers, body } = await ask();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers).toContain("x-content-type-options: nosniff");
    const types = headers.filter((each) => /^content-type:/i.test(each));
    expect(types).toEqual(["content-type: application/json; charset=utf-8"]);
    expect(headers.join("\n")).not.toMatch(/forged|script/);
    expect(Object.keys(JSON.parse(body) as object)).toEqual(["code", "details", "hint", "message"]);
  });
});

test("the query is encoded in Content-Location, and is in no other header", async () => {
  const { status, headers } = await get(`/rest/v1/webhook_orgs?name=eq.${split}`);
  expect(status).toBe(200);
  const holding = headers.filter((each) => each.includes("forged"));
  expect(holding).toHaveLength(1);
  expect(holding[0]).toMatch(/^content-location: \/webhook_orgs\?name=eq\.%0D%0Aset-cookie/);
});

test.each(hostileTexts.filter((text) => !/[\0\ud800]/.test(text)))(
  "%j is returned unchanged as JSON, and stays in its field in every export",
  async (text) => {
    const { endpointId, orgId } = await subscribe(posthorn, "http://127.0.0.1:9/", {
      description: text,
    });
    const filter = `id=eq.${endpointId}`;
    const { row } = await posthorn.api.get(`/rest/v1/webhook_endpoints?${filter}`);
    expect(row["description"]).toBe(text);
    const audit = `/rest/v1/webhook_audit?org_id=eq.${orgId}`;
    const lines = await posthorn.api.get(audit, { accept: "application/x-ndjson" });
    expect(lines.text.split("\n")).toHaveLength(2);
    const csv = await posthorn.api.get(`${audit}&select=id,changes`, { accept: "text/csv" });
    expect(csv.text.split("\r\n")).toHaveLength(3);
    expect(csv.headers.get("content-type")).toContain("text/csv");
  },
);

test("a key's name that is a formula is text in the audit's CSV", async () => {
  const orgId = posthorn.newOrg();
  const name = '=HYPERLINK("http://evil.test","x")';
  const { status, row } = await posthorn.api.post(
    "/rest/v1/api_keys",
    { org_id: orgId, role: "manage", name },
    representation,
  );
  expect(status).toBe(201);
  await posthorn
    .apiWith(String(row["key"]))
    .post("/rest/v1/webhook_endpoints", { org_id: orgId, url: "http://127.0.0.1:9/" });
  const { text } = await posthorn.api.get(
    `/rest/v1/webhook_audit?org_id=eq.${orgId}&action=eq.endpoint.created&select=actor_name`,
    { accept: "text/csv" },
  );
  expect(text).toBe(`actor_name\r\n"'=HYPERLINK(""http://evil.test"",""x"")"\r\n`);
});
