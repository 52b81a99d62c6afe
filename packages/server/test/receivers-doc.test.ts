/** The receivers of docs/receivers.md are run as they are printed, and sent real webhooks. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "./support/flow.ts";
import { until } from "./support/receiver.ts";
import { startTestService, type TestService } from "./support/service.ts";

const page = path.resolve(import.meta.dirname, "../../../docs/receivers.md");
// Below the project, so that its packages are found as in a customer's own project.
const folder = path.resolve(import.meta.dirname, `../dist/snippets-${randomUUID()}`);

let posthorn: TestService;
let snippets: ReadonlyMap<string, string>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,50ms" } });
  const text = await readFile(page, "utf8");
  snippets = new Map(
    [...text.matchAll(/```js run=(\w+)\n([\s\S]*?)```/g)].map((match) => [
      match[1] ?? "",
      match[2] ?? "",
    ]),
  );
  await mkdir(folder, { recursive: true });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(async () => {
  await posthorn.close();
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startSnippet(name: string, port: number, secret: string): Promise<() => string> {
  const code = snippets.get(name) ?? "";
  const file = path.join(folder, `${name}${code.includes("require(") ? ".cjs" : ".mjs"}`);
  await writeFile(file, code);
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env["PATH"], PORT: String(port), ENDPOINT_SECRET: secret },
  });
  children.push(child);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until(
    async () =>
      fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" }).then(
        (response) => response.status === 401,
        () => false,
      ),
    `the receiver ${name} to refuse what is not signed: ${output}`,
  );
  return () => output;
}

test.each([
  ["consumer", "cda"],
  ["consumer", "standard"],
  ["cda", "cda"],
  ["svix", "svix"],
  ["svix", "cadana"],
  ["standardwebhooks", "standard"],
  ["standardwebhooks", "cadana"],
  ["standardwebhooks", "cda"],
])("the receiver %s takes what the contract %s sends", async (name, contract) => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { orgId, endpointId, secret } = await subscribe(posthorn, url, { contract });
  const output = await startSnippet(name, port, secret);
  const eventId = await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  expect(output()).toContain(`got ${eventId}`);
});

test("each refuses what was signed with another secret", async () => {
  const port = await freePort();
  const { orgId, endpointId } = await subscribe(posthorn, `http://127.0.0.1:${port}/`, {
    contract: "cda",
  });
  await startSnippet("cda", port, `whsec_${Buffer.alloc(32, 5).toString("base64")}`);
  await publish(posthorn.api, orgId);
  const row = await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("failed"));
  expect(row["response_status"]).toBe(401);
});
