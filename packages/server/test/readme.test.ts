/**
 * The README's sections for newcomers, step by step as they are written: with the starts and
 * restarts of `npm start`, the variables and the commands.
 */
import { mkdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "./support/command.ts";
import { pasted, type PastedAnswer } from "./support/pasted.ts";
import { stepsOf, type Step } from "./support/readme.ts";
import { until } from "./support/receiver.ts";
import type { Row } from "./support/service.ts";

const root = path.resolve(import.meta.dirname, "../../..");
/** The README's ports of the API and of the inbox. */
const shownPorts = { api: 8420, inbox: 8421 };

let folder: string;
let text: string;
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-readme-");
  text = await readFile(path.join(root, "README.md"), "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The reader: their terminal, and what they have read in it. */
class Reader {
  readonly variables: Record<string, string> = {};
  starts = 0;
  readonly #folder: string;
  readonly #port: number;
  #service: Run | null = null;
  #environment: Readonly<Record<string, string>> = {};
  /** The latest responses, the newest first. */
  readonly #answers: { readonly command: string; readonly rows: readonly Row[] }[] = [];

  constructor(readerFolder: string, port: number) {
    this.#folder = readerFolder;
    this.#port = port;
  }

  async follow(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === "start") await this.#start(step.environment);
      else if (step.kind === "curl") await this.#paste(step.command);
      else this.variables[step.name] = this.#filled(this.#onTestPorts(step.value));
    }
  }

  async stop(): Promise<void> {
    expect(await this.#service?.stop()).toBe(0);
  }

  /** Ctrl-C, and `npm start` with these variables. */
  async #start(environment: Readonly<Record<string, string>>): Promise<void> {
    const isSame = JSON.stringify(environment) === JSON.stringify(this.#environment);
    if (this.#service !== null && isSame) return;
    if (this.#service !== null) await this.stop();
    this.#environment = environment;
    await mkdir(this.#folder, { recursive: true });
    const service = runCommand("dev", {
      folder: this.#folder,
      environment: { POSTHORN_PORT: String(this.#port), ...environment },
    });
    this.#service = service;
    this.starts += 1;
    await until(() => service.output().includes("Ctrl-C stops"), "the first steps", 60_000);
    expect(service.output()).toContain("signature verified");
  }

  /** A value from the terminal, e.g. `Admin key  pha_…`. */
  #printed(pattern: RegExp): string {
    const found = pattern.exec(this.#service?.output() ?? "")?.[1];
    if (found === undefined) throw new Error(`The start did not print ${String(pattern)}.`);
    return found;
  }

  /** The test uses free ports. Another program may use the one after the API's. */
  #onTestPorts(value: string): string {
    return value
      .replace(`:${shownPorts.api}`, `:${this.#port}`)
      .replace(`:${shownPorts.inbox}`, () => `:${this.#printed(/Inbox {6}\S+:(\d+)\//)}`);
  }

  /** Replaces `<the admin key>` and other descriptions of what the reader has seen. */
  #filled(command: string): string {
    return command.replaceAll(/<([^<>]+)>/g, (_, description: string) => {
      if (description.includes("admin key")) return this.#printed(/Admin key {2}(\S+)/);
      if (description.includes("inbox")) return this.#printed(/Inbox {6}(\S+)\//);
      const endpoint = this.#answers.find(({ command: each }) =>
        /webhook_endpoints .*-d/s.test(each),
      );
      const [member = ""] = description.split(" ");
      const seen = this.#answers[0]?.rows[0]?.[member];
      const value = description === "the endpoint" ? endpoint?.rows[0]?.id : seen;
      if (typeof value !== "string") throw new Error(`The reader has not seen ${description}.`);
      return value;
    });
  }

  async #paste(written: string): Promise<void> {
    const command = this.#filled(written);
    let rows = await this.#rowsOf(command);
    if (command.includes("/webhook_deliveries?")) {
      // The reader looks again until something has happened.
      const isDone = (row: Row): boolean => row["status"] !== "pending";
      await until(
        async () => {
          rows = await this.#rowsOf(command);
          return rows.length > 0 && rows.every(isDone);
        },
        "the deliveries",
        20_000,
      );
    }
    this.#answers.unshift({ command, rows });
    this.#check(command, rows);
  }

  async #rowsOf(command: string): Promise<readonly Row[]> {
    const { status, json, text: body }: PastedAnswer = await pasted(command, this.variables);
    expect([command, status, body]).toEqual([command, expect.toSatisfy(isSuccess), body]);
    return (Array.isArray(json) ? json : [json]) as readonly Row[];
  }

  /** What the text promises about the response. */
  #check(command: string, rows: readonly Row[]): void {
    const [row] = rows;
    const attempts = (this.#environment["POSTHORN_RETRY_SCHEDULE"] ?? "").split(",").length;
    if (command.includes("status=eq.failed")) {
      expect(row).toMatchObject({ status: "failed", attempts, response_status: 500 });
    } else if (command.includes("/webhook_deliveries?")) {
      expect(row).toMatchObject({ status: "delivered", attempts: 1 });
    } else if (command.includes("/rpc/explain")) {
      expect(row).toMatchObject({ verdict: "failed", reason: expect.stringContaining("500") });
    } else if (command.includes("/rpc/replay")) {
      const isDryRun = command.includes('"dry_run":true');
      expect(row).toMatchObject(isDryRun ? { dry_run: true, total: 1 } : { state: "running" });
    } else if (/webhook_endpoints .*-d '\{"org_id"/s.test(command)) {
      expect(row?.["secret"]).toMatch(/^whsec_/);
    }
  }
}

const isSuccess = (status: unknown): boolean => typeof status === "number" && status < 300;

const isPositive = (number: unknown): boolean => typeof number === "number" && number > 0;

const count = (steps: readonly Step[], word: string): number =>
  steps.filter((step) => step.kind === "curl" && step.command.includes(word)).length;

test("five minutes: an endpoint, a delivery, a dead letter, its reason, and its replay", async () => {
  const steps = stepsOf(text, "Five minutes");
  for (const word of ["/webhook_endpoints ", "/webhook_events ", "/rpc/explain", "/rpc/replay"]) {
    expect([word, count(steps, word)]).toEqual([word, expect.toSatisfy(isPositive)]);
  }
  const reader = new Reader(path.join(folder, "five-minutes"), await freePort());
  await reader.follow(steps);
  expect(reader.starts).toBeGreaterThan(1);
  const notDelivered = "$POSTHORN/rest/v1/webhook_deliveries?org_id=eq.$ORG&status=neq.delivered";
  await until(async () => {
    const { json } = await pasted(`curl "${notDelivered}" -H "apikey: $KEY"`, reader.variables);
    return (json as readonly Row[]).length === 0;
  }, "the replay");
  await reader.stop();
}, 180_000);

test("your own platform: an empty catalogue, an event type, and its delivery", async () => {
  const steps = stepsOf(text, "Your own platform");
  const start = steps.find((step) => step.kind === "start");
  expect(start?.environment["POSTHORN_PRESETS"]).toBe("none");
  for (const word of ["/webhook_event_types ", "/webhook_events ", "/webhook_deliveries?"]) {
    expect([word, count(steps, word)]).toEqual([word, expect.toSatisfy(isPositive)]);
  }
  const reader = new Reader(path.join(folder, "own-platform"), await freePort());
  // The reader has followed the section before, so these variables are set.
  const before = stepsOf(text, "Five minutes").filter((step) => step.kind === "set");
  await reader.follow([start!, ...before.filter(({ name }) => name !== "KEY")]);
  await reader.follow(steps);
  const listed = 'curl $POSTHORN/rest/v1/webhook_event_types -H "apikey: $KEY"';
  const { json } = await pasted(listed, reader.variables);
  expect((json as readonly Row[]).length).toBe(1);
  await reader.stop();
}, 120_000);
