/** `posthorn status`: shows whether the service is ready, and whether the key works. */
import type { Command } from "commander";
import { openClient, type Client } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { formatFacts, textOf } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { ApiError } from "../../errors/api-error.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { exitCodes } from "../../errors/exit-codes.ts";

interface Check {
  readonly ok: boolean;
  readonly problem?: string;
  readonly what_to_do?: string;
}

interface Readiness {
  readonly status: string;
  readonly checks?: Readonly<Record<string, Check>>;
}

export function addStatusCommand(program: Command, context: CommandContext): void {
  addExamples(
    program
      .command("status")
      .description(
        "Show whether the service is ready and whether the key works. Exits with code 5 if not.",
      ),
    ["posthorn status", "Show the state of the service"],
    ["posthorn status --json | jq .status", "Print the state for a script"],
  ).action(async (_options: unknown, command: Command) => {
    const client = await openClient(context, command);
    const { url, profile } = client.connection;
    const answer = await client.api.open("/readyz");
    const readiness = parse(answer.text, url);
    const version = await versionOf(client);
    const key = await keyState(client);
    const isFine = readiness.status === "ready" && key === "works";
    if (!isFine) context.exitCode = exitCodes.negative;
    if (client.json) {
      const facts = { url, profile, version, key, ...readiness };
      context.terminal.out(`${JSON.stringify(facts)}\n`);
      return;
    }
    const checks = Object.entries(readiness.checks ?? {}).map(
      ([name, check]) => [name, wordsOf(check)] as const,
    );
    context.terminal.out(
      formatFacts([
        ["url", url],
        ["profile", profile ?? "-"],
        ["version", version],
        ["status", readiness.status],
        ...checks,
        ["key", key],
      ]),
    );
  });
}

/** @throws PosthornError `PH_API_OTHER` if another program responded. */
function parse(text: string, url: string): Readiness {
  try {
    const json = Object(JSON.parse(text)) as Partial<Readiness>;
    if (typeof json.status === "string") return { ...json, status: json.status };
  } catch {
    // Ignores this error, because the error below is more helpful.
  }
  throw new PosthornError("PH_API_OTHER", { url, reason: "/readyz has no status" });
}

async function versionOf({ api }: Client): Promise<string> {
  const { text } = await api.open("/openapi.json");
  try {
    const { info } = Object(JSON.parse(text)) as { info?: { version?: unknown } };
    return textOf(info?.version);
  } catch {
    return "-";
  }
}

/**
 * Describes whether the key works. Never throws, because the command reports a problem as its
 * result.
 */
async function keyState({ api }: Client): Promise<string> {
  try {
    await api.list("webhook_event_types", { limit: "1", select: "name" });
    return "works";
  } catch (error) {
    if (error instanceof ApiError || error instanceof PosthornError) {
      return `${error.message} (${error.code})`;
    }
    throw error;
  }
}

function wordsOf({ ok, problem, what_to_do: hint }: Check): string {
  return ok ? "ok" : [problem, hint].filter((each) => each !== undefined).join(" ");
}
