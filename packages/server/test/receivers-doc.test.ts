/** Runs the receivers of docs/receivers.md as printed, and sends them real webhooks. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "./support/flow.ts";
import { until } from "./support/receiver.ts";
import { startTestService, type TestService } from "./support/service.ts";

const page = path.resolve(import.meta.dirname, "../../../docs/receivers.md");
// Below the project, so that its packages resolve as in a customer's project.
const folder = path.resolve(import.meta.dirname, `../dist/snippets-${randomUUID()}`);

interface Snippet {
  readonly language: string;
  readonly name: string;
  readonly contracts: readonly string[];
  readonly code: string;
}

const fences = /```(\w+) run=(\w+) title="[^"]+" contracts=([\w,]+)\n([\s\S]*?)```/g;
const snippets: readonly Snippet[] = [...(await readFile(page, "utf8")).matchAll(fences)].map(
  ([, language = "", name = "", contracts = "", code = ""]) => ({
    language,
    name,
    contracts: contracts.split(","),
    code,
  }),
);

let posthorn: TestService;
const children: ChildProcess[] = [];
/** Compiling Go's HTTP server takes half a minute on two cores, the first time. */
const startsWithinMs = 90_000;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,50ms" } });
  await mkdir(folder, { recursive: true });
});
afterEach(() => {
  for (const { pid } of children.splice(0)) if (pid !== undefined) process.kill(-pid, "SIGKILL");
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

/** The command that runs a file of this language; null if the toolchain is not installed. */
function toolchain(language: string): { extension: string; command: readonly string[] } | null {
  if (language === "js") return { extension: "js", command: [process.execPath] };
  const [extension, ...command] = language === "go" ? ["go", "go", "run"] : ["py", "python3"];
  const version = language === "go" ? "version" : "--version";
  const { status } = spawnSync(command[0] ?? "", [version]);
  return status === 0 ? { extension: extension ?? "", command } : null;
}

async function startSnippet(snippet: Snippet, port: number, secret: string): Promise<() => string> {
  const { code, language, name } = snippet;
  const { extension, command } = toolchain(language) ?? { extension: "", command: [] };
  const moduleKind = code.includes("require(") ? ".cjs" : ".mjs";
  const file = path.join(folder, name + (language === "js" ? moduleKind : `.${extension}`));
  await writeFile(file, code);
  const [program = "", ...given] = command;
  const child = spawn(program, [...given, file], {
    // In its own process group, so that the programs started by `go run` end with it.
    detached: true,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      // A killed build leaves its files behind; here they are removed with the folder.
      TMPDIR: folder,
      PORT: String(port),
      ENDPOINT_SECRET: secret,
    },
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
    startsWithinMs,
  );
  return () => output;
}

const pairs = snippets.flatMap((snippet) =>
  snippet.contracts.map((contract) => ({ snippet, contract, name: snippet.name })),
);

test("there are receivers for every contract in three languages", () => {
  for (const contract of ["cda", "cadana", "svix", "standard"]) {
    const languages = pairs
      .filter((each) => each.contract === contract)
      .map(({ snippet }) => snippet.language);
    expect(new Set(languages), contract).toEqual(new Set(["js", "python", "go"]));
  }
});

describe.each(pairs)("the receiver $name", ({ snippet, contract }) => {
  test.skipIf(toolchain(snippet.language) === null)(
    `accepts deliveries of the contract ${contract}, and nothing signed with another secret`,
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/`;
      const { orgId, endpointId, secret } = await subscribe(posthorn, url, { contract });
      const output = await startSnippet(snippet, port, secret);
      const eventId = await publish(posthorn.api, orgId);
      await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
      expect(output()).toContain(`got ${eventId}`);
      const other = await subscribe(posthorn, url, { contract });
      await publish(posthorn.api, other.orgId);
      const filter = `endpoint_id=eq.${other.endpointId}`;
      const row = await deliveryWith(posthorn.api, filter, hasStatus("failed"));
      expect(row["response_status"]).toBe(401);
    },
    startsWithinMs + 10_000,
  );
});
