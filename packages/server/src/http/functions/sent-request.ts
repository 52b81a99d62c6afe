/** rpc/sent_request. */
import { PosthornError } from "../../errors/catalogue.ts";
import type { RestFunction } from "../rest/rpc.ts";
import { scopeOf, type FunctionDependencies } from "./dependencies.ts";

export function sentRequest(dependencies: FunctionDependencies): RestFunction {
  return {
    name: "sent_request",
    description:
      "Returns the exact request of an attempt: URL, headers and body. If part of it is no " +
      "longer known, or may have changed since, `note` explains what and why.",
    arguments: [{ name: "attempt_id", type: "uuid", required: true, description: "The attempt." }],
    readOnly: true,
    roles: ["manage", "read"],
    returns: "object",
    result: [
      { name: "attempt_id", type: "uuid", description: "The attempt." },
      { name: "method", type: "text", description: "The HTTP method: POST." },
      {
        name: "url",
        type: "text",
        description: "The endpoint's URL at that time.",
        isNullable: true,
      },
      {
        name: "headers",
        type: "json",
        description: "The name and value of each header, in order.",
      },
      { name: "body", type: "text", description: "The body.", isNullable: true },
      {
        name: "redacted",
        type: "json",
        description:
          "The names of headers whose credentials are shown as [redacted], also of the endpoint's " +
          "own, e.g. Authorization; body if it has some.",
      },
      {
        name: "is_exact",
        type: "boolean",
        description:
          "Whether this is the exact request. False if something is missing or may have changed since.",
      },
      {
        name: "note",
        type: "text",
        description: "What is missing or may have changed, and why.",
        isNullable: true,
      },
    ],
    async handler({ attempt_id: id }, { principal }) {
      const sent = await dependencies.rebuildRequest(id as string, scopeOf(principal));
      if (sent === null) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "attempt", id: id as string });
      }
      return sent;
    },
  };
}
