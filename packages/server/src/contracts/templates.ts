/** Compiles templates into functions once, so that an attempt only concatenates strings. */
import type { BodyTemplate } from "./contract.ts";
import {
  valueOf,
  type Names,
  type Place,
  type Rendering,
  type Trait,
  type Value,
} from "./values.ts";

export type Render = (rendering: Rendering) => string;

export interface Template {
  readonly render: Render;
  /** The text if it is always the same; otherwise null. */
  readonly constant: string | null;
  readonly traits: ReadonlySet<Trait>;
  /** The names of the values in it. */
  readonly names: readonly string[];
  /** The names of the secrets that it contains. */
  readonly secrets: readonly string[];
}

export interface TemplateOptions {
  readonly place: Place;
  readonly names: Names;
  /** Where the template is in the document, e.g. `/headers/x-id`. */
  readonly path: string;
  /** Makes the error to throw. */
  refuse(reason: string): Error;
}

type Piece = string | Value;

/** Compiles a text with values in braces. */
export function compileText(template: string, options: TemplateOptions): Template {
  return joined(parse(template, options), template, (value) => value.text);
}

/**
 * Compiles JSON with values in its strings. A string that is exactly one value becomes that
 * value's JSON, e.g. a number; in a longer string each value is text.
 */
export function compileBody(template: BodyTemplate, options: TemplateOptions): Template {
  const pieces: Piece[] = [];
  const names: string[] = [];
  const visit = (part: BodyTemplate, path: string): void => {
    if (typeof part === "string") {
      pieces.push(...jsonString(part, { ...options, path }));
      names.push(...namesIn(part));
    } else if (Array.isArray(part)) {
      for (const [index, item] of part.entries()) {
        pieces.push(index === 0 ? "[" : ",");
        visit(item as BodyTemplate, `${path}/${index}`);
      }
      pieces.push(part.length === 0 ? "[]" : "]");
    } else if (typeof part === "object" && part !== null) {
      const members = Object.entries(part as Readonly<Record<string, BodyTemplate>>);
      for (const [index, [name, member]] of members.entries()) {
        pieces.push(`${index === 0 ? "{" : ","}${JSON.stringify(name)}:`);
        visit(member, `${path}/${name}`);
      }
      pieces.push(members.length === 0 ? "{}" : "}");
    } else pieces.push(JSON.stringify(part));
  };
  visit(template, options.path);
  return { ...joined(pieces, "", (value) => value.text), names };
}

/** The names between braces, in their order. */
function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = ""]) => name);
}

function parse(template: string, { place, names, path, refuse }: TemplateOptions): Piece[] {
  const pieces: Piece[] = [];
  // The parts at odd indexes are the names of values.
  for (const [index, part] of template.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 1) {
      const value = valueOf(part, place, names);
      if (typeof value === "string") throw refuse(`${path}: ${value}`);
      pieces.push(value);
    } else if (/[{}]/.test(part)) {
      throw refuse(`${path} has a brace without its partner: ${JSON.stringify(template)}`);
    } else if (part !== "") pieces.push(part);
  }
  return pieces;
}

function jsonString(template: string, options: TemplateOptions): readonly Piece[] {
  const parsed = parse(template, options);
  const [first] = parsed;
  if (parsed.length === 1 && typeof first === "object") return [{ ...first, text: first.json }];
  const inner = parsed.map((piece): Piece => {
    if (typeof piece === "string") return inQuotes(piece);
    const { json, traits, secret } = piece;
    return { text: (rendering) => inQuotes(piece.text(rendering)), json, traits, secret };
  });
  return ['"', ...inner, '"'];
}

/** A text as it stands between the quotes of a JSON string. */
function inQuotes(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function joined(
  pieces: readonly Piece[],
  template: string,
  of: (value: Value) => Render,
): Template {
  const parts: (string | Render)[] = [];
  const traits = new Set<Trait>();
  const secrets: string[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    if (typeof piece !== "string") {
      if (piece.secret !== null) secrets.push(piece.secret);
      for (const trait of piece.traits) traits.add(trait);
      parts.push(of(piece));
    } else if (typeof last === "string") parts[parts.length - 1] = last + piece;
    else parts.push(piece);
  }
  const names = namesIn(template);
  const [only] = parts;
  if (parts.every((part) => typeof part === "string")) {
    const constant = parts.join("");
    return { render: () => constant, constant, traits, names, secrets };
  }
  const render = parts.length === 1 && typeof only === "function" ? only : concatenating(parts);
  return { render, constant: null, traits, names, secrets };
}

function concatenating(parts: readonly (string | Render)[]): Render {
  return (rendering) => {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(rendering);
    return text;
  };
}
