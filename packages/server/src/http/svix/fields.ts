/**
 * Reads the members of a body and checks them. All problems are collected, so that a client sees
 * every one. A member that nothing reads is a problem as well: nothing is silently ignored.
 */
import { isDeeperThan, memberTexts } from "../../model/json-text.ts";
import { limits } from "../../limits.ts";
import { unstorableBytes } from "../../model/text.ts";
import { InvalidFields, type FieldProblem } from "./errors.ts";
import { parseTime } from "./time.ts";

/** The form of uids, and of the names of event types. */
export const namePattern = /^[a-zA-Z0-9\-_.]+$/;

export interface TextRule {
  readonly charsLeast?: number;
  readonly charsMax: number;
  readonly pattern?: RegExp;
}

/** Channels, and the tags that Svix allows. */
export const channelRule: TextRule = {
  charsLeast: 1,
  charsMax: limits.channelCharsMax,
  pattern: /^[a-zA-Z0-9\-_.:+]+$/,
};
export const tagRule: TextRule = {
  charsLeast: 1,
  charsMax: limits.tagCharsMax,
  pattern: /^[a-zA-Z0-9\-_./\\#]+$/,
};

const uidRule: TextRule = { charsLeast: 1, charsMax: 256, pattern: namePattern };

type Members = Readonly<Record<string, unknown>>;

export class Fields {
  readonly #members: Members;
  readonly #path: readonly string[];
  readonly #problems: FieldProblem[];
  readonly #read = new Set<string>();
  readonly #text: string | null;

  private constructor(
    members: Members,
    path: readonly string[],
    problems: FieldProblem[],
    text: string | null,
  ) {
    this.#members = members;
    this.#path = path;
    this.#problems = problems;
    this.#text = text;
  }

  /**
   * @param text the body; empty for an empty object.
   * @throws InvalidFields if it is not a JSON object.
   */
  static parse(text: string): Fields {
    const type = "value_error.jsondecode";
    const refuse = (msg: string): InvalidFields =>
      new InvalidFields([{ loc: ["body"], msg, type }]);
    if (isDeeperThan(text, limits.jsonDepthMax)) {
      throw refuse(`The JSON nests deeper than ${limits.jsonDepthMax} levels`);
    }
    let value: unknown;
    try {
      value = text.trim() === "" ? {} : JSON.parse(text);
    } catch {
      throw refuse("The body is not valid JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refuse("The body must be an object");
    }
    return new Fields(value as Members, ["body"], [], text);
  }

  /** True if the member is present, even if it is null. */
  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  /** Records a problem with a member. */
  refuse(name: string, msg: string, type = "value_error"): void {
    this.#problems.push({ loc: [...this.#path, name], msg, type });
  }

  /** Rejects a member that has no effect here, unless it is null. */
  unsupported(name: string, why: string): void {
    const value = this.#take(name);
    if (value !== undefined && value !== null) this.refuse(name, why);
  }

  /** Undefined if the member is missing; null only if it is null. */
  text(name: string, rule: TextRule): string | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    const problem = textProblem(value, rule);
    if (problem === null) return value as string;
    this.refuse(name, problem);
    return undefined;
  }

  /** A text that must be present. Returns the empty text if it is not. */
  required(name: string, rule: TextRule): string {
    const value = this.text(name, rule);
    if (value === undefined || value === null) this.#missing(name);
    return value ?? "";
  }

  /** The platform's own id of an object. */
  uid(name: string, prefix: string): string | null | undefined {
    const value = this.text(name, uidRule);
    if (typeof value !== "string" || !value.startsWith(prefix)) return value;
    this.refuse(name, `it must not start with ${prefix}`);
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null || typeof value === "boolean") {
      return value ?? undefined;
    }
    this.refuse(name, "it must be true or false");
    return undefined;
  }

  integer(name: string, least: number, most: number): number | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
      return value;
    }
    this.refuse(name, `it must be a whole number from ${least} to ${most}`);
    return undefined;
  }

  /** A time in milliseconds since the Unix epoch. */
  time(name: string): number | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    const ms = typeof value === "string" ? parseTime(value) : null;
    if (ms !== null) return ms;
    this.refuse(name, "it must be a time, e.g. 2026-01-31T12:00:00Z");
    return undefined;
  }

  /** A list of different texts. */
  texts(name: string, rule: TextRule, most: number, least = 1): string[] | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    const isList = Array.isArray(value) && value.length >= least && value.length <= most;
    const problem = isList
      ? value.map((each) => textProblem(each, rule)).find((each) => each !== null)
      : `it must be a list of ${least} to ${most} texts`;
    if (problem === undefined) return [...new Set(value as string[])];
    this.refuse(name, problem ?? "it is not valid");
    return undefined;
  }

  /** An object of texts, of which those in `nullable` may be null. */
  record(name: string, isNullable = false): Record<string, string | null> | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    const isRecord =
      typeof value === "object" &&
      !Array.isArray(value) &&
      Object.values(value).every(
        (each) => typeof each === "string" || (isNullable && each === null),
      );
    if (isRecord) return value as Record<string, string | null>;
    this.refuse(name, "it must be an object of texts");
    return undefined;
  }

  /** An object's JSON exactly as it was sent. */
  objectText(name: string): string | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    if (typeof value === "object" && !Array.isArray(value) && this.#text !== null) {
      return memberTexts(this.#text).get(name);
    }
    this.refuse(name, "it must be an object");
    return undefined;
  }

  /** The fields of an object inside the body. Its problems are the body's problems. */
  inner(name: string): Fields | null | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return value;
    if (typeof value === "object" && !Array.isArray(value)) {
      return new Fields(value as Members, [...this.#path, name], this.#problems, null);
    }
    this.refuse(name, "it must be an object");
    return undefined;
  }

  /** Records members that nothing has read. */
  end(): void {
    for (const name of Object.keys(this.#members)) {
      if (this.#read.has(name)) continue;
      this.refuse(name, "Posthorn does not know this field", "value_error.extra");
    }
  }

  /**
   * Must be called when everything is read.
   *
   * @throws InvalidFields with every problem.
   */
  check(): void {
    this.end();
    if (this.#problems.length > 0) throw new InvalidFields(this.#problems);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.has(name) ? this.#members[name] : undefined;
  }

  #missing(name: string): void {
    const isKnown = this.#problems.some(({ loc }) => loc.at(-1) === name);
    if (!isKnown) this.refuse(name, "field required", "value_error.missing");
  }
}

function textProblem(value: unknown, { charsLeast = 0, charsMax, pattern }: TextRule) {
  if (typeof value !== "string") return "it must be text";
  if (value.length < charsLeast || value.length > charsMax) {
    return `it must have ${charsLeast} to ${charsMax} characters`;
  }
  if (unstorableBytes(value) !== null) return "it contains a character that cannot be stored";
  return pattern === undefined || pattern.test(value) ? null : `it must match ${pattern.source}`;
}
