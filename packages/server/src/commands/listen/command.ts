/** `posthorn listen`: a temporary endpoint whose deliveries come to this terminal. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Row } from "../../client/api.ts";
import { nameList } from "../../client/arguments.ts";
import { openClient, type Client } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { followStream, isTransient } from "../../client/follow.ts";
import { formatFacts, localTime, textOf } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";
import { printable } from "../../observe/printable.ts";
import { forward, type ForwardOutcome, type TerminalDelivery } from "./forward.ts";

interface ListenOptions {
  readonly forwardTo: string;
  readonly org?: string;
  readonly events?: readonly string[];
  readonly contract?: string;
}

export function addListenCommand(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("listen")
      .description(
        "Receive an org's events here and forward them to a URL on this machine or in its " +
          "network, until Ctrl-C. No tunnel is needed. With --json, the first line is the " +
          "endpoint, and each delivery is one line.",
      )
      .requiredOption("--forward-to <address>", "the URL to forward each delivery to")
      .option("--org <id>", "the org; not needed with an org's key")
      .option("--events <names>", "the event types, separated by commas; default: all", nameList)
      .option("--contract <name>", "the contract: body, headers, signature and retries"),
    [
      "posthorn listen --forward-to http://localhost:3000/hook --org $ORG",
      "Forward all events of an org to a local server",
    ],
    [
      "posthorn listen --forward-to http://localhost:3000/hook --events scan.completed",
      "Forward one event type",
    ],
  ).action(async (options: ListenOptions, command: Command) => {
    const url = checkedAddress(options.forwardTo);
    const client = await openClient(context, command);
    const stopping = new AbortController();
    void context.terminal.stopped().then(() => stopping.abort());
    const endpointId = await createEndpoint(client, { ...options, forwardTo: url }, context);
    try {
      await listen({ client, context, endpointId, url, stopping: stopping.signal });
    } finally {
      await removeEndpoint(client, endpointId, context);
    }
  });
}

/** @throws PosthornError `PH_ARGUMENT_INVALID` */
function checkedAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ["http:", "https:"].includes(url.protocol)) return url.href;
  throw new PosthornError("PH_ARGUMENT_INVALID", {
    argument: "--forward-to",
    command: "listen",
    reason: "it is not an http or https URL",
  });
}

async function createEndpoint(
  client: Client,
  { org, events, contract, forwardTo }: ListenOptions,
  context: CommandContext,
): Promise<string> {
  const fields = {
    org_id: org,
    destination: "cli",
    events,
    contract,
    description: "posthorn listen",
  };
  const created = await client.api.insert("webhook_endpoints", JSON.stringify(fields));
  const row: Row = created.rows[0] ?? {};
  // One line, without the brackets of the array.
  if (client.json) context.terminal.out(`${JSON.stringify(row)}\n`);
  else {
    context.terminal.out(
      formatFacts([
        ["endpoint", textOf(row["id"])],
        ["org", textOf(row["org_id"])],
        ["events", row["events"] === null ? "all" : textOf(row["events"])],
        ["secret", textOf(row["secret"])],
        ["forwards to", forwardTo],
      ]),
    );
  }
  return textOf(row["id"]);
}

interface Listening {
  readonly client: Client;
  readonly context: CommandContext;
  readonly endpointId: string;
  readonly url: string;
  /** Aborted at Ctrl-C. */
  readonly stopping: AbortSignal;
}

async function listen(listening: Listening): Promise<void> {
  const { client, context, endpointId, stopping } = listening;
  let token = "";
  const handling = new Set<Promise<void>>();
  const closing = new AbortController();
  // The service accepts answers only while the stream is open.
  const close = async (): Promise<void> => {
    await Promise.race([Promise.all(handling), sleep(limits.listenStopMs, null, { ref: false })]);
    closing.abort();
  };
  stopping.addEventListener("abort", () => void close());
  await followStream({
    api: client.api,
    path: "/rest/v1/terminal",
    query: { endpoint_id: endpointId },
    stopping: closing.signal,
    onEvent({ event, data }, isFirst) {
      if (stopping.aborted) return;
      if (event === "hello") {
        token = textOf((JSON.parse(data) as Row)["token"]);
        const what = isFirst ? "Waiting for deliveries. Ctrl-C stops." : "Connected again.";
        context.terminal.err(`${what}\n`);
      } else if (event === "delivery") {
        const handled = handle(listening, token, JSON.parse(data) as TerminalDelivery);
        handling.add(handled);
        void handled.then(() => handling.delete(handled));
      }
    },
  });
}

/** Forwards one delivery, answers it, and prints the outcome. Never throws. */
async function handle(
  { client, context, url, stopping }: Listening,
  token: string,
  delivery: TerminalDelivery,
): Promise<void> {
  const startedMs = performance.now();
  const outcome = await forward(url, delivery, stopping);
  const durationMs = Math.round(performance.now() - startedMs);
  context.terminal.out(lineOf(client, context, { delivery, outcome, durationMs }));
  try {
    const { attempt_token } = delivery;
    const leftMs = delivery.timeout_ms - durationMs;
    const isAccepted = await persistently(leftMs, stopping, async () => {
      const given = { token, attempt_token, ...outcome };
      const answered = await client.api.call("answer_terminal", given);
      return answered.rows[0]?.["is_accepted"] === true;
    });
    if (isAccepted) return;
    context.terminal.err(`The answer to ${delivery.delivery_id} came too late.\n`);
  } catch (error) {
    const reason = printable(reasonOf(error));
    context.terminal.err(`The answer to ${delivery.delivery_id} was not accepted: ${reason}.\n`);
  }
}

/** Repeats a call that failed because the service was restarting, as long as it can matter. */
async function persistently<Result>(
  withinMs: number,
  stopping: AbortSignal,
  call: () => Promise<Result>,
): Promise<Result> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isLast = stopping.aborted || performance.now() > deadlineMs;
      if (isLast || !isTransient(error)) throw error;
      await sleep(limits.commandReconnectMs);
    }
  }
}

interface Forwarded {
  readonly delivery: TerminalDelivery;
  readonly outcome: ForwardOutcome;
  readonly durationMs: number;
}

function lineOf(
  { json }: Client,
  { timeZone, now }: CommandContext,
  { delivery, outcome, durationMs }: Forwarded,
): string {
  const at = new Date(now()).toISOString();
  const { delivery_id, event_id, event_type, attempt } = delivery;
  const failure = "error" in outcome ? outcome : null;
  const response_status = "error" in outcome ? null : outcome.response_status;
  if (json) {
    const { error = null, error_message = null } = failure ?? {};
    const result = { response_status, error, error_message, duration_ms: durationMs };
    return `${JSON.stringify({ at, delivery_id, event_id, event_type, attempt, ...result })}\n`;
  }
  const cells = [
    localTime(at, timeZone),
    event_type,
    delivery_id,
    failure === null ? String(response_status) : failure.error,
    `${durationMs} ms`,
    ...(failure === null ? [] : [failure.error_message]),
  ];
  return `${printable(cells.join("  "))}\n`;
}

/** Posthorn deletes the endpoint later if this does not succeed. */
async function removeEndpoint(
  client: Client,
  endpointId: string,
  context: CommandContext,
): Promise<void> {
  try {
    await client.api.remove("webhook_endpoints", { id: `eq.${endpointId}` });
  } catch (error) {
    const reason = printable(reasonOf(error));
    context.terminal.err(`Endpoint ${endpointId} could not be deleted: ${reason}.\n`);
  }
}
