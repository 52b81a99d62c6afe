/** Contracts as the API stores them. */
import { randomUUID } from "node:crypto";

/** The row of a contract that signs as GitHub does, in the header `x-own`. */
export function ownContract(
  name = `own-${randomUUID().slice(0, 8)}`,
  changes: object = {},
): { readonly name: string; readonly document: object } {
  const document = {
    name,
    title: "Own",
    description: "The platform's own.",
    body: { own: "{event.data}", by: "{sender.version}" },
    headers: { "x-own": "{signature.own}" },
    signatures: { own: { form: "sha256={signature}" } },
    retry: { schedule: "0s,1h" },
    timeoutMs: 5_000,
    ...changes,
  };
  return { name, document };
}
