/** Runs `posthorn verify`: says whether a request's signature is right and, if not, why not. */
import type { Command } from "commander";
import { openClient } from "../../client/client.ts";
import { readArgument, readInputFile } from "../../client/input.ts";
import { formatFacts } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import type { Contract } from "../../contracts/contract.ts";
import { loadContracts } from "../../contracts/load.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { parseHeaders, parseRawRequest } from "./raw-request.ts";
import { checkSignatures, type ReceivedRequest } from "./signature-check.ts";

export interface VerifyOptions {
  readonly secret: readonly string[];
  readonly request?: string;
  readonly header?: readonly string[];
  readonly body?: string;
  readonly contract?: string;
  readonly tolerance: number;
  readonly at?: string;
  readonly attempt?: string;
}

/** Reads the request, checks it, and prints the result. Sets `context.exitCode`. */
export async function verify(
  options: VerifyOptions,
  context: CommandContext,
  command: Command,
): Promise<void> {
  const { terminal } = context;
  const secrets: string[] = [];
  for (const secret of options.secret) secrets.push(await readArgument(secret, terminal));
  const client = await openClient(context, command);
  let sentBody: Buffer | null = null;
  if (options.attempt !== undefined) {
    const sent = await client.api.call("sent_request", { attempt_id: options.attempt });
    const body = sent.rows[0]?.["body"];
    if (typeof body === "string") sentBody = Buffer.from(body);
  }
  const checks = checkSignatures({
    request: await readRequest(options, context),
    secrets,
    contracts: contractsOf(options.contract),
    toleranceSeconds: options.tolerance,
    nowMs: options.at === undefined ? context.now() : Date.parse(options.at),
    sentBody,
  });
  const isRight = checks.every(({ verdict }) => verdict === "right");
  if (!isRight) context.exitCode = exitCodes.negative;
  if (client.json) {
    terminal.out(`${JSON.stringify({ is_right: isRight, checks })}\n`);
    return;
  }
  for (const { header, verdict, reason } of checks) {
    const facts = [
      ["header", header],
      ["verdict", verdict.replaceAll("_", " ")],
      ["reason", reason],
    ] as const;
    terminal.out(`${formatFacts(facts)}\n`);
  }
  terminal.out(isRight ? "The signature is right.\n" : "The signature is wrong.\n");
}

async function readRequest(
  { request, header, body }: VerifyOptions,
  { terminal }: CommandContext,
): Promise<ReceivedRequest> {
  if (request !== undefined) return parseRawRequest(await readInputFile(request, terminal));
  if (header === undefined || body === undefined) {
    const reason = "pass --request, or --header and --body";
    const facts = { argument: "the request", command: "verify", reason };
    throw new PosthornError("PH_ARGUMENT_INVALID", facts);
  }
  return { headers: parseHeaders(header), body: await readInputFile(body, terminal) };
}

/** @throws PosthornError `PH_CONTRACT_UNKNOWN` */
function contractsOf(name: string | undefined): readonly Contract[] {
  const contracts = loadContracts();
  if (name === undefined) return [...contracts.values()];
  const contract = contracts.get(name);
  if (contract === undefined) {
    const facts = { contract: name, contracts: [...contracts.keys()].join(", ") };
    throw new PosthornError("PH_CONTRACT_UNKNOWN", facts);
  }
  return [contract];
}
