/** A newcomer who follows the README in a terminal. */
import { mkdir } from "node:fs/promises";
import { expect } from "vitest";
import { runCommand, type Run } from "./command.ts";
import { pasted, type PastedAnswer } from "./pasted.ts";
import type { Step } from "./readme.ts";
import { until } from "./receiver.ts";
import type { Row } from "./service.ts";

/** The ports of the API and of the inbox that the README shows. */
const shownPorts = { api: 8420, inbox: 8421 };

/**
 * The state of the reader: their variables, and the service's output and responses that they have
 * seen.
 */
export class Reader {
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
    checkCode((await this.#service?.stop()) ?? null);
  }

  /** Stops the service with Ctrl-C, and runs `npm start` with these variables. */
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
    checkScreen(service.output());
  }

  /** Finds a value in the service's output, e.g. `Admin key pha_…`. */
  #printed(pattern: RegExp): string {
    const found = pattern.exec(this.#service?.output() ?? "")?.[1];
    if (found === undefined) throw new Error(`The start did not print ${String(pattern)}.`);
    return found;
  }

  /**
   * Replaces the README's ports with the test's free ports. The inbox's port may not be the API's
   * port + 1, because another program may use that port.
   */
  #onTestPorts(value: string): string {
    return value
      .replace(`:${shownPorts.api}`, `:${this.#port}`)
      .replace(`:${shownPorts.inbox}`, () => `:${this.#printed(/Inbox {6}\S+:(\d+)\//)}`);
  }

  /** Replaces `<the admin key>` and other placeholders with the values that the reader has seen. */
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
      // A reader repeats the request until the deliveries are finished.
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
    checkAnswer(command, rows, this.#environment["POSTHORN_RETRY_SCHEDULE"] ?? "");
  }

  async #rowsOf(command: string): Promise<readonly Row[]> {
    const { status, json, text: body }: PastedAnswer = await pasted(command, this.variables);
    checkStatus(command, status, body);
    return (Array.isArray(json) ? json : [json]) as readonly Row[];
  }
}

function checkCode(code: number | null): void {
  expect(code).toBe(0);
}

function checkScreen(output: string): void {
  expect(output).toContain("signature verified");
}

function checkStatus(command: string, status: number, body: string): void {
  expect([command, status, body]).toEqual([command, expect.toSatisfy(isSuccess), body]);
}

/** Checks what the README promises about the response. */
function checkAnswer(command: string, rows: readonly Row[], schedule: string): void {
  const [row] = rows;
  const attempts = schedule.split(",").length;
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

const isSuccess = (status: unknown): boolean => typeof status === "number" && status < 300;
