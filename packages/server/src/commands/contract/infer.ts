/**
 * Finds the values of a recorded request where a contract says they are, so that the request can be
 * built again long after it was sent.
 */
import type { BodyTemplate, Contract } from "../../contracts/contract.ts";
import { JsonPaths, jsonMembers } from "../../contracts/json-path.ts";
import { withoutPreset } from "../../contracts/signatures.ts";
import { plainText } from "../../contracts/values.ts";
import { isJson } from "../verify/body-variants.ts";
import type { RecordedRequest } from "./recorded.ts";

/** A value of the recorded request. */
export interface FoundValue {
  readonly text: string;
  /** Its JSON, if it is a member of a body; otherwise null. */
  readonly json: string | null;
  /** E.g. `header x-id`. */
  readonly place: string;
}

/** By the name that templates use. */
export type FoundValues = ReadonlyMap<string, FoundValue>;

/** Finds all values that the templates of the contract name. */
export function findValues(contract: Contract, request: RecordedRequest): FoundValues {
  const found = new Map<string, FoundValue>();
  const note: Note = (name, value) => {
    if (!found.has(name)) found.set(name, value);
  };
  const bodyText = request.body.toString("utf8");
  if (contract.form !== undefined) formValues(contract.form, bodyText, note);
  else if (isJson(bodyText)) jsonValues(contract.body ?? null, bodyText, "body", note);
  for (const [name, template] of Object.entries(contract.headers)) {
    const value = request.headers.get(name);
    if (value !== undefined) textValues(template, value, `header ${name}`, note);
  }
  for (const [name, signature] of Object.entries(contract.signatures ?? {})) {
    const { jwt } = withoutPreset(signature);
    const token = found.get(`signature.${name}`);
    if (jwt === undefined || token === undefined) continue;
    const { claims } = decodedToken(token.text);
    if (isJson(claims)) jsonValues(jwt.claims, claims, `claims of ${token.place}`, note);
  }
  return found;
}

type Note = (name: string, value: FoundValue) => void;

/** The parts of a JSON Web Token as JSON texts. */
export function decodedToken(token: string): { readonly header: string; readonly claims: string } {
  const [header = "", claims = ""] = token
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString("utf8"));
  return { header, claims };
}

/** Finds the values in a text that a template describes; none if the text has another form. */
function textValues(template: string, text: string, place: string, note: Note): void {
  const parts = template.trim().split(/\{([^{}]*)\}/);
  const names = parts.filter((_, index) => index % 2 === 1);
  const pattern = parts
    .map((part, index) => (index % 2 === 1 ? `(${patternOf(part)})` : escaped(part)))
    .join("");
  const match = new RegExp(`^${pattern}$`, "s").exec(text.trim());
  for (const [index, name] of names.entries()) {
    const value = match?.[index + 1];
    if (value !== undefined) note(name, { text: value, json: null, place });
  }
}

function patternOf(name: string): string {
  // The other unit must not match, because it would be a time thousands of years from now.
  if (name.endsWith(".timestamp_seconds")) return "\\d{1,11}";
  if (name.endsWith(".timestamp_ms")) return "\\d{12,16}";
  if (/^attempt\.(number|retries)$/.test(name)) return "\\d{1,4}";
  return name.startsWith("signature.") ? ".+" : ".*?";
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Walks through a template and the JSON that it describes. */
function jsonValues(template: BodyTemplate, json: string, place: string, note: Note): void {
  if (typeof template === "string") {
    const [, whole] = /^\{([^{}]*)\}$/.exec(template) ?? [];
    if (whole !== undefined) note(whole, { text: plainText(json), json, place });
    else if (json.startsWith('"')) textValues(template, plainText(json), place, note);
  } else if (Array.isArray(template)) {
    for (const [index, item] of template.entries()) {
      const paths = new JsonPaths();
      const value = paths.at(paths.add([String(index)]), {}, json);
      if (value !== null) jsonValues(item as BodyTemplate, value, `${place}/${index}`, note);
    }
  } else if (typeof template === "object" && template !== null) {
    const members = new Map(jsonMembers(json));
    for (const [name, member] of Object.entries(template as Record<string, BodyTemplate>)) {
      const value = members.get(name);
      if (value !== undefined) jsonValues(member, value, `${place}/${name}`, note);
    }
  }
}

function formValues(form: NonNullable<Contract["form"]>, text: string, note: Note): void {
  const fields = [...new URLSearchParams(text)];
  if (typeof form === "string") {
    const json = written(new Map(fields.map(([name, value]) => [name, JSON.stringify(value)])));
    note("event.data", { text: json, json, place: "body" });
    return;
  }
  for (const [name, template] of Object.entries(form)) {
    const value = fields.find(([field]) => field === name)?.[1];
    if (value !== undefined) textValues(template, value, `field ${name}`, note);
  }
}

/**
 * The published data: what the body contains of it, or an object of the members that the templates
 * name.
 */
export function foundData(found: FoundValues): string {
  const whole = found.get("event.data");
  if (whole !== undefined) return whole.json ?? whole.text;
  const root: Tree = new Map();
  for (const [name, { text, json }] of found) {
    const path = /^event\.data\.(.+)$/.exec(name)?.[1]?.split(".") ?? [];
    const last = path.pop();
    if (last === undefined) continue;
    let node: Tree = root;
    for (const step of path) {
      const next = node.get(step);
      const child: Tree = next instanceof Map ? next : new Map();
      node.set(step, child);
      node = child;
    }
    node.set(last, json ?? JSON.stringify(text));
  }
  return written(root);
}

type Tree = Map<string, Tree | string>;

/** An object would sort names that are numbers. */
function written(tree: Tree): string {
  const members = [...tree].map(([name, value]) => {
    const json = typeof value === "string" ? value : written(value);
    return `${JSON.stringify(name)}:${json}`;
  });
  return `{${members.join(",")}}`;
}
