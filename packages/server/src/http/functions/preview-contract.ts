/** rpc/preview_contract. */
import { PosthornError } from "../../errors/catalogue.ts";
import type { RestFunction } from "../rest/rpc.ts";
import type { FunctionDependencies } from "./dependencies.ts";

const exampleType = "example.created";
const exampleData = { id: "example" };

export function previewContract(dependencies: FunctionDependencies): RestFunction {
  const optional = (name: string, type: "text" | "json", description: string) =>
    ({ name, type, required: false, description }) as const;
  return {
    name: "preview_contract",
    description:
      "Returns the request that a contract would send for an event. It stores and sends nothing, " +
      "and never uses an endpoint's secret.",
    arguments: [
      optional("contract", "text", "The name of a stored contract."),
      optional("document", "json", "Instead of contract: a document that is not stored."),
      optional("event_type", "text", `The event type. Default: ${exampleType}.`),
      optional("data", "json", "The event's data. Default: the event type's example."),
      optional("url", "text", "The endpoint's URL. Default: https://example.com/webhooks."),
      optional("secrets", "json", "Secrets by name. Default: throw-away secrets."),
    ],
    readOnly: true,
    roles: [],
    returns: "object",
    result: [
      { name: "method", type: "text", description: "The HTTP method: POST." },
      { name: "url", type: "text", description: "The endpoint's URL." },
      {
        name: "headers",
        type: "json",
        description: "The name and value of each header, in order.",
      },
      { name: "body", type: "text", description: "The body." },
      { name: "secrets", type: "json", description: "The secrets that signed, by name." },
    ],
    async handler(given, { nowMs }) {
      const { contract, document } = given;
      if ((contract === undefined) === (document === undefined)) {
        throw invalid("contract", "a contract or a document, and not both");
      }
      const url = (given["url"] ?? "https://example.com/webhooks") as string;
      if (!URL.canParse(url)) throw invalid("url", "a URL");
      const eventType = (given["event_type"] ?? exampleType) as string;
      const data = given["data"] ?? (await exampleOf(dependencies, eventType)) ?? exampleData;
      const event = {
        eventType,
        dataJson: JSON.stringify(data),
        externalId: null,
        url,
        secrets: secretsOf(given["secrets"] ?? {}),
        nowMs,
      };
      return document === undefined
        ? dependencies.contracts.preview(contract as string, event)
        : dependencies.contracts.previewDocument(JSON.stringify(document), event);
    },
  };
}

function invalid(field: string, allowed: string): PosthornError {
  return new PosthornError("PH_FIELD_INVALID", { field, allowed });
}

function secretsOf(given: unknown): ReadonlyMap<string, string> {
  const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
  const entries = isObject ? Object.entries(given as Readonly<Record<string, unknown>>) : [];
  const isTexts = entries.every((entry): entry is [string, string] => typeof entry[1] === "string");
  if (!isObject || !isTexts) throw invalid("secrets", "an object of names and texts");
  return new Map(entries);
}

async function exampleOf({ tenants }: FunctionDependencies, name: string): Promise<unknown> {
  const { rows } = await tenants.read(null, (database) =>
    database.query<{ example: unknown }>(
      "select example from posthorn.event_types where name = $1",
      [name],
    ),
  );
  return rows[0]?.example;
}
