/** rpc/answer_terminal. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { storable, terminalErrorClasses, type TerminalAnswer } from "../../terminals/answer.ts";
import type { RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

export function answerTerminal({ terminals, tenants }: FunctionDependencies): RestFunction {
  return {
    name: "answer_terminal",
    description:
      "Reports what a terminal's receiver responded to a delivery, or why it did not respond. " +
      "This is the attempt's outcome.",
    arguments: [
      { name: "token", type: "text", required: true, description: "The token of `hello`." },
      {
        name: "attempt_token",
        type: "uuid",
        required: true,
        description: "The delivery's `attempt_token`.",
      },
      {
        name: "response_status",
        type: "integer",
        required: false,
        description: "The response's HTTP status, 200 to 599.",
      },
      {
        name: "response_headers",
        type: "json",
        required: false,
        description: "The response's headers, by name.",
      },
      {
        name: "response_body",
        type: "text",
        required: false,
        description: "The response's body. Posthorn keeps the first 16 KiB.",
      },
      {
        name: "error",
        type: "text",
        required: false,
        description: `Instead of a status: ${terminalErrorClasses.join(", ")}.`,
      },
      {
        name: "error_message",
        type: "text",
        required: false,
        description: "The error in one sentence.",
      },
    ],
    readOnly: false,
    roles: ["manage"],
    returns: "object",
    result: [
      {
        name: "is_accepted",
        type: "boolean",
        description: "False if the attempt is already over, e.g. because of its timeout.",
      },
    ],
    async handler(given, { principal }) {
      const scope = scopeOf(principal);
      const answer = answerOf(given);
      const token = given["token"] as string;
      const attemptToken = given["attempt_token"] as string;
      const isAccepted = await terminals.answer(scope, { token, attemptToken, answer }, (relay) =>
        tenants.change(scope, relay),
      );
      return { is_accepted: isAccepted };
    },
  };
}

type Given = Readonly<Record<string, unknown>>;

/** @throws PosthornError `PH_FIELD_INVALID` */
function answerOf(given: Given): TerminalAnswer {
  const { response_status: status, error } = given;
  if (status !== undefined && error !== undefined) throw invalid("error", "no value with a status");
  if (status === undefined) return errorOf(given);
  if (!(Number(status) >= 200 && Number(status) <= 599)) {
    throw invalid("response_status", "a whole number from 200 to 599");
  }
  const { text, isCut } = storable((given["response_body"] as string | undefined) ?? "");
  return {
    status: Number(status),
    headers: headersOf(given["response_headers"] ?? {}),
    body: text,
    isBodyCut: isCut,
  };
}

function errorOf({ error, error_message: message }: Given): TerminalAnswer {
  const found = terminalErrorClasses.find((each) => each === error);
  if (found === undefined) throw invalid("error", terminalErrorClasses.join(", "));
  const text = (message as string | undefined) ?? "The terminal's receiver did not respond.";
  const kept = text.slice(0, limits.terminalErrorCharsMax);
  return { error: { class: found, message: kept } };
}

function headersOf(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const isValid =
    typeof value === "object" &&
    !Array.isArray(value) &&
    JSON.stringify(value).length <= limits.responseHeadersBytesMax &&
    entries.every(([, text]) => typeof text === "string");
  if (!isValid) throw invalid("response_headers", "an object of names and text values, 16 KiB");
  return Object.fromEntries(
    entries.map(([name, text]) => [storable(name.toLowerCase()).text, storable(String(text)).text]),
  );
}

function invalid(field: string, allowed: string): PosthornError {
  return new PosthornError("PH_FIELD_INVALID", { field, allowed });
}
