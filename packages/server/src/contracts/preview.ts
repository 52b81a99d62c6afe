/** Renders an example event by a contract, without an endpoint. */
import { randomBytes, randomUUID } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";
import { RenderError, type CompiledContract, type EndpointKey } from "./render.ts";

export interface PreviewOptions {
  readonly eventType: string;
  /** JSON text. */
  readonly dataJson: string;
  /** The publisher's own id of the event; null if it has none. */
  readonly externalId: string | null;
  readonly url: string;
  /** By name. Secrets that are missing are generated. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

export interface Preview {
  readonly method: "POST";
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
  /** The secrets that signed, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Returns the request that the contract would send.
 *
 * @throws PosthornError `PH_SECRET_INVALID` for a secret that it cannot use, `PH_PREVIEW` if it
 *   cannot send the data.
 */
export function preview(contract: CompiledContract, options: PreviewOptions): Preview {
  const secrets: Record<string, string> = {};
  const keys = new Map<string, readonly EndpointKey[]>();
  for (const name of options.secrets.keys()) {
    if (contract.definedSecrets.includes(name)) continue;
    const reason = `it has no secret named ${name}, only ${contract.definedSecrets.join(", ")}`;
    throw new PosthornError("PH_PREVIEW", { contract: contract.name, reason });
  }
  for (const name of contract.definedSecrets) {
    const text = options.secrets.get(name) ?? contract.newSecret(name, randomBytes);
    const { problem } = contract.checkSecret(name, text);
    if (problem !== null) {
      throw new PosthornError("PH_SECRET_INVALID", { contract: contract.name, reason: problem });
    }
    secrets[name] = text;
    keys.set(name, [contract.prepareKey(name, text)]);
  }
  const { eventType, externalId, dataJson, url, nowMs } = options;
  const attempt = {
    event: { id: randomUUID(), externalId, type: eventType, timestampMs: nowMs, dataJson },
    endpoint: { id: randomUUID(), orgId: randomUUID(), url },
    deliveryId: `${randomUUID().slice(0, 34)}00`,
    number: 1,
    atMs: nowMs,
  };
  try {
    const { headers, body } = contract.render(attempt, keys);
    const pairs = headers.flatMap((name, index) =>
      index % 2 === 0 ? [{ name, value: headers[index + 1] ?? "" }] : [],
    );
    return { method: "POST", url, headers: pairs, body, secrets };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const reason = error.message.replace(/\.$/, "");
    throw new PosthornError("PH_PREVIEW", { contract: contract.name, reason });
  }
}
