/** Bodies as forms: application/x-www-form-urlencoded. */
import type { Contract } from "./contract.ts";
import { RenderError } from "./headers.ts";
import { jsonMembers } from "./json-path.ts";
import { compileText, type Template, type TemplateOptions } from "./templates.ts";
import { plainText, type Rendering, type Trait } from "./values.ts";

type Fields = readonly (readonly [string, string])[];

/** Compiles a form's fields into the encoded body. */
export function compileForm(
  form: NonNullable<Contract["form"]>,
  options: TemplateOptions,
): Template {
  if (typeof form === "string") {
    return {
      render: ({ event }) => encode(dataFields(event.dataJson)),
      constant: null,
      traits: new Set<Trait>(["whole", "free"]),
      names: ["event.data"],
      secrets: [],
    };
  }
  const fields = Object.entries(form).map(([name, text]) => {
    const template = compileText(text, { ...options, path: `${options.path}/${name}` });
    return [name, template] as const;
  });
  const templates = fields.map(([, template]) => template);
  return {
    render: (rendering) => encode(render(fields, rendering)),
    constant: null,
    traits: new Set(templates.flatMap(({ traits }) => [...traits])),
    names: templates.flatMap(({ names }) => names),
    secrets: templates.flatMap(({ secrets }) => secrets),
  };
}

function render(fields: readonly (readonly [string, Template])[], rendering: Rendering): Fields {
  return fields.map(([name, template]) => [name, template.render(rendering)]);
}

/**
 * Each member of the data: a string's characters, or any other value's JSON.
 *
 * @throws RenderError if the data has no members, because the signed body would say nothing.
 */
function dataFields(dataJson: string): Fields {
  if (!dataJson.trimStart().startsWith("{")) {
    throw new RenderError("The contract sends the data as a form, but it is not an object.", true);
  }
  return jsonMembers(dataJson).map(([name, json]) => [name, plainText(json)]);
}

function encode(fields: Fields): string {
  return new URLSearchParams(
    fields.map(([name, text]): [string, string] => [name, text]),
  ).toString();
}
