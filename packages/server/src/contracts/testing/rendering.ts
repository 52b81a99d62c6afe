/** Renders one example event by a contract, for tests. */
import type { Contract, ContractSignature } from "../contract.ts";
import { loadContracts } from "../load.ts";
import {
  compileContract,
  type CompiledContract,
  type Keys,
  type RenderedAttempt,
  type RenderedEvent,
} from "../render.ts";

export const contracts = loadContracts();
const compiled = new Map([...contracts].map(([name, each]) => [name, compileContract(each)]));

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/** Data with everything that parsing and serialising would change. */
export const dataJson =
  '{ "z": 1.50, "a": 12345678901234567890, "2": "Zo\\u00eb ☃", "1": [1e2 ], "z": "{event.id}" }';
export const event: RenderedEvent = {
  id: "0195bc6c-5d00-7000-8000-00000000abcd",
  type: "scan.completed",
  timestampMs: Date.UTC(2026, 2, 22, 12, 0, 0),
  dataJson,
};

export const attempt: RenderedAttempt = {
  event,
  endpoint: {
    id: "0195bc6c-5d00-7000-8000-0000000000e0",
    orgId: "0195bc6c-5d00-7000-8000-0000000000f0",
    url: "https://example.com:8443/hooks/a?b=c%20d",
  },
  deliveryId: "0195bc6c-5d00-7000-8abc-123456789a00",
  number: 3,
  atMs: Date.UTC(2026, 2, 22, 12, 1, 40, 70),
};

export function named(name: string): CompiledContract {
  const found = compiled.get(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

export function byName(raw: readonly string[]): Record<string, string> {
  const names = raw.filter((_, index) => index % 2 === 0);
  return Object.fromEntries(names.map((name, index) => [name, raw[index * 2 + 1] ?? ""]));
}

export interface Rendered {
  readonly body: string;
  readonly headers: Record<string, string>;
}

export function render(name: string, atSeconds: number, secrets: readonly string[]): Rendered {
  return renderBy(named(name), secrets, { atMs: atSeconds * 1000 });
}

export function keysOf(contract: CompiledContract, secrets: readonly string[]): Keys {
  const name = contract.firstSecret;
  return new Map([[name, secrets.map((each) => contract.prepareKey(name, each))]]);
}

export function renderBy(
  contract: CompiledContract,
  secrets: readonly string[] = [secret],
  facts: Partial<RenderedAttempt> = {},
): Rendered {
  const { headers, body } = contract.render({ ...attempt, ...facts }, keysOf(contract, secrets));
  return { body, headers: byName(headers) };
}

export function document(): Contract {
  const found = contracts.get("cda");
  if (found === undefined) throw new Error("There is no cda.");
  return found;
}

export function changed(change: Partial<Contract>): CompiledContract {
  return compileContract({ ...document(), ...change });
}

/** A contract with one signature, in the header `x-a`. */
export function signedBy(
  signature: ContractSignature,
  headers: Contract["headers"] = {},
): CompiledContract {
  return changed({
    headers: { "x-a": "{signature.a}", ...headers },
    signatures: { a: signature },
  });
}
