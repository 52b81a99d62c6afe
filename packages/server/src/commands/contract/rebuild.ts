/** Builds a recorded request again, by a contract and the values that the recording contains. */
import { generateKeyPairSync } from "node:crypto";
import type { Contract } from "../../contracts/contract.ts";
import {
  createPlatformKeys,
  readPlatformKey,
  readPlatformKeys,
  type PlatformAlgorithm,
  type PlatformKeys,
} from "../../contracts/platform-keys.ts";
import {
  compileContract,
  type CompiledContract,
  type EndpointKey,
  type RenderedAttempt,
  type ShownRequest,
} from "../../contracts/render.ts";
import { isUuid } from "../../model/id.ts";
import { foundData, type FoundValues } from "./infer.ts";
import type { RecordedRequest } from "./recorded.ts";

/** A secret of the old sender. */
export interface GivenSecret {
  /** The name that the contract gives it. */
  readonly name: string;
  readonly text: string;
}

export interface Rebuilt {
  readonly contract: CompiledContract;
  readonly attempt: RenderedAttempt;
  /** Header values by name, and the body, as Posthorn would have sent them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The headers that contain a credential, which must not be printed; `body` if it does. */
  readonly credentials: readonly string[];
  /** The names of secrets that were not given, or that the contract cannot use. */
  readonly missingSecrets: ReadonlySet<string>;
  /** Why the contract cannot use a given secret, by its name. */
  readonly secretProblems: ReadonlyMap<string, string>;
  /** True if the platform's own keys are not those that signed. */
  readonly lacksPlatformKeys: boolean;
}

export interface RebuildOptions {
  readonly secrets: readonly GivenSecret[];
  /** POSTHORN_SIGNING_KEYS; null if it is not set. */
  readonly signingKeys: string | null;
  readonly nowMs: number;
}

/** Something to stand for ids that the recording lacks. */
const anyId = "00000000-0000-7000-8000-000000000000";

/** @throws RenderError if the contract cannot send the recorded data. */
export function rebuild(
  document: Contract,
  request: RecordedRequest,
  found: FoundValues,
  { secrets, signingKeys, nowMs }: RebuildOptions,
): Rebuilt {
  const bound = withRecorded(document, found);
  const needed = compileContract(bound).platformAlgorithms;
  const keys = signingKeys === null ? standIns(needed) : readPlatformKeys(signingKeys);
  const contract = compileContract(bound, keys);
  const usable = new Map<string, EndpointKey[]>();
  const secretProblems = new Map<string, string>();
  for (const { name, text } of secrets) {
    const { problem } = contract.checkSecret(name, text);
    if (problem !== null) secretProblems.set(name, problem);
    else usable.set(name, [...(usable.get(name) ?? []), contract.prepareKey(name, text)]);
  }
  const missingSecrets = new Set(contract.secretNames.filter((name) => !usable.has(name)));
  for (const name of missingSecrets) {
    const standIn = contract.newSecret(name, (count) => Buffer.alloc(count, 0x55));
    usable.set(name, [contract.prepareKey(name, standIn)]);
  }
  const attempt = attemptOf(request, found, nowMs);
  const rendered = contract.render(attempt, usable);
  const { redacted }: ShownRequest = contract.show(attempt, usable);
  return {
    contract,
    attempt,
    headers: paired(rendered.headers),
    body: Buffer.from(rendered.body, "utf8"),
    credentials: redacted,
    missingSecrets,
    secretProblems,
    lacksPlatformKeys: signingKeys === null && needed.length > 0,
  };
}

export function paired(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < raw.length; at += 2) headers.set(raw[at] ?? "", raw[at + 1] ?? "");
  return headers;
}

/** Keys of nobody, so that a contract with signatures by the platform's keys can be rendered. */
export function standIns(algorithms: readonly PlatformAlgorithm[]): PlatformKeys {
  const generate = {
    ed25519: () => generateKeyPairSync("ed25519"),
    "ecdsa-p256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
    "rsa-sha256": () => generateKeyPairSync("rsa", { modulusLength: 2_048 }),
  };
  const made = [...new Set(algorithms)].map((algorithm) => {
    const { privateKey } = generate[algorithm]();
    return readPlatformKey({ ...privateKey.export({ format: "jwk" }) }, 0);
  });
  return createPlatformKeys(made);
}

/** Values that Posthorn computes from its own ids. The recorded ones take their place. */
const computed = ["attempt.id", "attempt.nonce"] as const;

function withRecorded(document: Contract, found: FoundValues): Contract {
  let text = JSON.stringify(document);
  for (const name of computed) {
    const value = found.get(name)?.text;
    if (value === undefined || /[{}]/.test(value)) continue;
    text = text.replaceAll(`{${name}}`, () => JSON.stringify(value).slice(1, -1));
  }
  return JSON.parse(text) as Contract;
}

function attemptOf({ url }: RecordedRequest, found: FoundValues, nowMs: number): RenderedAttempt {
  const text = (name: string): string | undefined => found.get(name)?.text;
  const atMs = timeOf(found, "attempt") ?? timeOf(found, "event") ?? nowMs;
  const externalId = text("event.id") ?? text("event.id_as_uuid") ?? null;
  const retries = text("attempt.retries");
  const deliveryId = text("delivery.id");
  return {
    event: {
      id: text("event.uuid") ?? anyId,
      externalId,
      type: text("event.type") ?? "recorded.event",
      timestampMs: timeOf(found, "event") ?? atMs,
      dataJson: foundData(found),
    },
    endpoint: {
      id: text("endpoint.id") ?? anyId,
      orgId: anyId,
      orgExternalId: text("org.id") ?? null,
      url: url ?? text("endpoint.url") ?? "https://example.com/",
    },
    deliveryId: deliveryId !== undefined && isUuid(deliveryId) ? deliveryId : anyId,
    number: Number(text("attempt.number") ?? Number(retries ?? 0) + 1),
    atMs,
  };
}

/** The most exact of the recorded forms, in milliseconds since the epoch. */
function timeOf(found: FoundValues, of: "attempt" | "event"): number | null {
  const ms = found.get(`${of}.timestamp_ms`)?.text;
  if (ms !== undefined) return Number(ms);
  const iso = Date.parse(found.get(`${of}.timestamp`)?.text ?? "");
  if (!Number.isNaN(iso)) return iso;
  const seconds = found.get(`${of}.timestamp_seconds`)?.text;
  return seconds === undefined ? null : Number(seconds) * 1000;
}
