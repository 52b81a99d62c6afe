/** Follows docs/moving.md as it is written, with the old and the new verifier at the receiver. */
import { createHmac } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCommandLine, type CommandLine } from "../support/command-line.ts";
import { deliveryWith, hasStatus, publish } from "../support/flow.ts";
import { pasted, wordsOf } from "../support/pasted.ts";
import { startReceiver, type Received, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";

const page = path.resolve(import.meta.dirname, "../../../../docs/moving.md");

let posthorn: TestService;
let receiver: Receiver;
let line: CommandLine;
let text: string;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_PRESETS: "none" } });
  receiver = await startReceiver();
  line = await createCommandLine({ POSTHORN_URL: posthorn.service.url, POSTHORN_KEY: adminKey });
  await mkdir(line.folder, { recursive: true });
  text = await readFile(page, "utf8");
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
  await rm(line.folder, { recursive: true, force: true });
});

/** What a command returned: the exit code or the status, and the text. */
interface Step {
  readonly command: string;
  readonly code: number;
  readonly text: string;
}

/** The files of the page are in the folder of the command line. */
const files = new Set<string>();
/** What the reader has seen. */
const endpoint = { id: "" };

/** Reads the page from top to bottom, saves its files, and runs its commands up to this one. */
async function* walk(): AsyncGenerator<Step> {
  let before = 0;
  for (const block of text.matchAll(/^( *)```(\w+)\n([^]*?)^\1```$/gm)) {
    const [whole, indent = "", language, content = ""] = block;
    const saved = /saved as\s+`([\w.-]+)`[^`]*:\s*$|saved as `([\w.-]+)`,/.exec(
      text.slice(before, block.index).split("\n\n").slice(-2).join("\n\n"),
    );
    before = block.index + whole.length;
    const body = content.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    if (language !== "sh") {
      const name = saved?.[1] ?? saved?.[2];
      if (name === undefined) throw new Error(`The page names no file for: ${body}`);
      files.add(name);
      await writeFile(path.join(line.folder, name), body);
      continue;
    }
    for (const command of commandsOf(body)) {
      if (!command.startsWith("export ")) yield await run(command);
    }
  }
}

/** A command ends at the end of a line, unless a backslash or an open quote continues it. */
function commandsOf(block: string): readonly string[] {
  const commands: string[] = [];
  let open = "";
  for (const each of block.split("\n")) {
    open += open === "" ? each : `\n${each}`;
    const isOpen = open.endsWith("\\") || open.replaceAll(/[^']/g, "").length % 2 === 1;
    if (isOpen || open.trim() === "") continue;
    commands.push(open);
    open = "";
  }
  if (open.trim() !== "") throw new Error(`The page has an unfinished command: ${open}`);
  return commands;
}

async function run(written: string): Promise<Step> {
  const command = written
    .replaceAll("<id of the endpoint>", endpoint.id)
    .replaceAll("https://shop.example", receiver.url);
  if (command.startsWith("curl ")) {
    const { status, text: answered } = await pasted(command, {
      POSTHORN: posthorn.service.url,
      KEY: adminKey,
    });
    return { command: written, code: status, text: answered };
  }
  const [program, ...args] = wordsOf(command);
  expect(program).toBe("posthorn");
  const placed = args.map((word) =>
    files.has(word.replace(/^@/, ""))
      ? `${word.startsWith("@") ? "@" : ""}${path.join(line.folder, word.replace(/^@/, ""))}`
      : word,
  );
  const { exitCode, out, err } = await line.run(placed);
  return { command: written, code: exitCode, text: out + err };
}

/** Runs the page's next command, which must contain this text. */
async function next(steps: AsyncGenerator<Step>, part: string): Promise<Step> {
  const { value } = (await steps.next()) as { value: Step | undefined };
  expect(value?.command).toContain(part);
  return value!;
}

async function succeeds(steps: AsyncGenerator<Step>, part: string): Promise<Row> {
  const step = await next(steps, part);
  const isSuccess = part.startsWith("posthorn") ? step.code === 0 : step.code < 300;
  expect(isSuccess, `${step.command}: ${step.code} ${step.text}`).toBe(true);
  const json: unknown =
    step.text.startsWith("{") || step.text.startsWith("[") ? JSON.parse(step.text) : {};
  return (Array.isArray(json) ? json[0] : json) as Row;
}

const oldSecrets = ["acme_sk_7Qm2vX9tBn4Kd8Lr5Zw1", "acme_sk_0Hc6yT3jPq9Vf1Gs8Nb2"] as const;

/** The receiver's old code: one of the signatures must match. */
function isAccepted({ headers, body }: Received, secret: string): boolean {
  const [time = "", ...signatures] = String(headers["acme-signature"]).split(",");
  const at = time.replace("t=", "");
  const expected = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  return signatures.includes(`v1=${expected}`);
}

/** The receiver's new code: the official library, which throws if no signature matches. */
const verify = ({ headers, body }: Received, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

/** Publishes an event, and returns its request. */
async function delivered(externalId: string): Promise<Received> {
  const fields = { event_type: "order.paid", external_id: externalId, data: { order: "A" } };
  const id = await publish(posthorn.api, "cus_123", fields);
  await deliveryWith(posthorn.api, `event_id=eq.${id}`, hasStatus("delivered"));
  const request = receiver.received.find(({ headers }) => headers["acme-event-id"] === externalId);
  if (request === undefined) throw new Error(`${externalId} did not arrive.`);
  return request;
}

test("a platform moves, adds new headers beside the old, rotates, and rolls back", async () => {
  const steps = walk();
  const draft = await next(steps, "posthorn contract check draft.json");
  expect(draft.code).toBe(5);
  expect(draft.text).toContain("{attempt.timestamp_seconds}.{body}");
  const right = await next(steps, "posthorn contract check acme.json");
  expect([right.code, right.text]).toEqual([
    0,
    expect.stringMatching(/The contract sends what was recorded\.\n$/),
  ]);
  await succeeds(steps, "posthorn contract apply acme.json");
  await succeeds(steps, "/webhook_event_types");
  await succeeds(steps, "/webhook_orgs");
  const created = await succeeds(steps, "/webhook_endpoints");
  expect(created).toMatchObject({ external_id: "ep_7", contract: "acme", is_active: false });
  endpoint.id = created.id;
  await succeeds(steps, '"is_active": true');
  await succeeds(steps, "/webhook_events");
  const [first] = await receiver.waitFor(1);
  for (const secret of oldSecrets) expect(isAccepted(first!, secret)).toBe(true);
  expect(first?.headers["acme-event-id"]).toBe("evt_1002");
  expect(JSON.parse(first!.body)).toMatchObject({ id: "evt_1002", data: { order: "A-18" } });
  await succeeds(steps, "/webhook_deliveries?");

  await succeeds(steps, "posthorn contract apply acme-both.json");
  await succeeds(steps, "/webhook_orgs?");
  const changed = await succeeds(steps, '"contract": "acme-both"');
  const { new: newSecret = "" } = changed["secrets"] as Readonly<Record<string, string>>;
  const both = await delivered("evt_1003");
  for (const secret of oldSecrets) expect(isAccepted(both, secret)).toBe(true);
  expect(verify(both, newSecret)).toMatchObject({ id: "evt_1003" });
  expect(() => verify(both, oldSecrets[0])).toThrow();
  expect(() => verify({ ...both, body: `${both.body} ` }, newSecret)).toThrow();

  const { secret: newest } = await succeeds(steps, "/rpc/rotate_secret");
  const rotated = await delivered("evt_1004");
  for (const secret of oldSecrets) expect(isAccepted(rotated, secret)).toBe(true);
  for (const secret of [newSecret, String(newest)]) {
    expect(verify(rotated, secret)).toMatchObject({ id: "evt_1004" });
    expect(isAccepted(rotated, secret)).toBe(false);
  }

  await succeeds(steps, '"contract": "acme"}');
  const back = await delivered("evt_1005");
  expect(isAccepted(back, oldSecrets[0])).toBe(true);
  expect(back.headers["webhook-signature"]).toBeUndefined();
  expect((await steps.next()).done).toBe(true);
});
