/**
 * Handles `rpc/<name>`. A function is described as data, and its arguments are checked before the
 * call.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { actorOf, type Actor } from "../../model/audit.ts";
import type { ApiCaller, Principal } from "../../model/principal.ts";
import { apiTimestamp } from "../../postgres/timestamp.ts";
import { appliedPreferences, parsePrefer } from "./prefer.ts";
import { parseQueryString } from "./query-string.ts";
import { negotiate } from "./accept.ts";
import { sendObject, sendRows } from "./answer.ts";
import { checkProfile, headerText, roleHint } from "./request.ts";
import type { Column, ColumnType, KeyRole } from "./resource.ts";
import { memberTexts } from "../../model/json-text.ts";
import { checkValue, parseJson } from "./values.ts";

export interface Argument {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  readonly description: string;
  /** True for JSON whose text matters. The value is the text, not the parsed value. */
  readonly isKeptAsText?: boolean;
}

/** A member of a function's result. */
export type ResultMember = Pick<Column, "name" | "type" | "description" | "isNullable">;

export interface RestFunction {
  readonly name: string;
  readonly description: string;
  readonly arguments: readonly Argument[];
  /** True if GET is allowed as well. */
  readonly readOnly: boolean;
  /** Which roles of an org's key may call it. The admin key may call every function. */
  readonly roles: readonly KeyRole[];
  readonly returns: "object" | "set";
  /** The members of the result, or of each object in the result. */
  readonly result: readonly ResultMember[];
  /** Arguments that were not given are missing in `given`. */
  handler(
    given: Readonly<Record<string, unknown>>,
    context: {
      readonly principal: Principal;
      readonly nowMs: number;
      /** The principal as the audit records it. */
      readonly actor: Actor;
    },
  ): Promise<unknown>;
}

export interface Call {
  readonly functions: readonly RestFunction[];
  readonly name: string;
  readonly principal: ApiCaller;
  readonly nowMs: number;
}

/** Calls a function and returns its result in PostgREST's format. */
export async function callFunction(
  call: Call,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  checkProfile(request);
  const isGet = request.method === "GET" || request.method === "HEAD";
  if (!isGet && request.method !== "POST") {
    throw new PosthornError("PGRST101", { method: request.method });
  }
  const accepted = negotiate(request.headers.accept);
  if (!isGet) refuseParameters(request);
  const given = isGet ? queryArguments(request) : bodyArguments(request);
  const texts = isGet ? null : memberTexts(bodyText(request));
  const called = matching(call, Object.keys(given));
  if (isGet && !called.readOnly) throw new PosthornError("PGRST101", { method: request.method });
  const { principal, nowMs } = call;
  const isAllowed = principal.kind !== "key" || called.roles.includes(principal.role);
  if (principal.kind === "publisher" || !isAllowed) {
    const problem = `permission denied for function ${called.name}`;
    const hint = roleHint(principal, `call ${called.name}`, called.roles);
    throw new PosthornError("42501", { problem }, { hint });
  }
  const preferences = parsePrefer(headerText(request.headers["prefer"]));
  if (preferences.isRolledBack && !called.readOnly) {
    throw new PosthornError("PGRST127", { feature: `tx=rollback on ${called.name}` });
  }
  const actor = actorOf(principal, request.ip);
  const result = await called.handler(checkArguments(called, given, texts), {
    principal,
    nowMs,
    actor,
  });
  const text = JSON.stringify(withApiTimes(called, result) ?? null);
  const applied = appliedPreferences(preferences);
  if (applied !== null) reply.header("preference-applied", applied);
  if (Array.isArray(result)) {
    const range = result.length === 0 ? "*" : `0-${result.length - 1}`;
    reply.header("content-range", `${range}/${preferences.count === null ? "*" : result.length}`);
  }
  if (!Array.isArray(result)) return sendObject(reply, accepted, text);
  const columns = called.result.map(({ name }) => name);
  return sendRows(reply, accepted, { body: text, count: result.length, columns });
}

/** Formats the times in the result, or in each object of it, for the API. */
function withApiTimes({ result: members }: Pick<RestFunction, "result">, result: unknown): unknown {
  if (Array.isArray(result)) return result.map((each) => withApiTimes({ result: members }, each));
  if (typeof result !== "object" || result === null) return result;
  const times = members.filter(({ type }) => type === "timestamptz");
  const written = times.map(({ name }) => {
    const time = (result as Readonly<Record<string, unknown>>)[name];
    const isTime = typeof time === "string" || time instanceof Date;
    return [name, isTime ? apiTimestamp(new Date(time).getTime()) : time];
  });
  return { ...result, ...(Object.fromEntries(written) as object) };
}

/**
 * Rejects filters. If they were ignored silently, the response would contain more than requested.
 */
function refuseParameters(request: FastifyRequest): void {
  const shaping = parseQueryString(request.raw.url ?? "").find(
    ({ name, value }) => !(name === "select" && value === "*"),
  );
  if (shaping !== undefined) {
    throw new PosthornError("PGRST127", { feature: `${shaping.name} on a function's result` });
  }
}

function queryArguments(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const entries = parseQueryString(request.raw.url ?? "").map(({ name, value }) => [name, value]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function bodyText({ body }: FastifyRequest): string {
  return typeof body === "string" && body.trim() !== "" ? body : "{}";
}

function bodyArguments(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const parsed = parseJson(bodyText(request));
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new PosthornError("PGRST102", { reason: "Empty or invalid json" });
  }
  return parsed as Record<string, unknown>;
}

/** Finds a function by its name and the names of its arguments, as PostgREST does. */
function matching({ functions, name }: Call, given: readonly string[]): RestFunction {
  const found = functions.find((each) => each.name === name);
  const isMatching =
    found !== undefined &&
    given.every((argument) => found.arguments.some((each) => each.name === argument)) &&
    found.arguments.every((each) => !each.required || given.includes(each.name));
  if (isMatching) return found;
  const searched =
    given.length === 0
      ? `public.${name} without parameters`
      : `public.${name} with parameter${given.length === 1 ? "" : "s"} ${given.join(", ")}`;
  throw new PosthornError(
    "PGRST202",
    { function: name, arguments: given.join(", "), signature: signatureOf(found) },
    {
      details: `Searched for the function ${searched}, but no matches were found in the schema cache.`,
    },
  );
}

function signatureOf(found: RestFunction | undefined): string {
  if (found === undefined) return "/docs/api lists all functions.";
  const names = found.arguments.map(({ name, required }) => (required ? name : `${name}?`));
  return `Perhaps you meant to call public.${found.name}(${names.join(", ")})`;
}

function checkArguments(
  called: RestFunction,
  given: Readonly<Record<string, unknown>>,
  texts: ReadonlyMap<string, string> | null,
): Readonly<Record<string, unknown>> {
  const checked: Record<string, unknown> = {};
  for (const argument of called.arguments) {
    const value = given[argument.name];
    if (value === undefined || (value === null && !argument.required)) continue;
    if (value === null) {
      throw new PosthornError("23502", { table: called.name, column: argument.name });
    }
    checked[argument.name] =
      argument.isKeptAsText === true
        ? jsonText(argument.name, value, texts)
        : checkValue(argument, value);
  }
  return checked;
}

/** The text of an argument in JSON. In a query string, the value is the text. */
function jsonText(name: string, value: unknown, texts: ReadonlyMap<string, string> | null): string {
  if (texts !== null) return texts.get(name) ?? "null";
  const text = String(value);
  parseJson(text);
  return text;
}
