/**
 * The only renderer. It compiles the templates of a contract into functions once, so a delivery
 * costs only string concatenations and HMACs.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { parseSchedule, type Jitter } from "../model/retry-schedule.ts";
import {
  checkGenerated,
  checkSignatures,
  generatedForm,
  isSentRaw,
  revealsCredential,
  secretsOf,
  type CompiledDocument,
  type HeaderTemplate,
} from "./checks.ts";
import type { Contract, ContractSecret } from "./contract.ts";
import { compileForm } from "./forms.ts";
import { framingHeaders } from "../model/framing-headers.ts";
import { deliveryAgent, loopHeader, loopMarker } from "../model/loop-marker.ts";
import { redaction } from "../model/credential-headers.ts";
import { headerRender, RenderError } from "./headers.ts";
import { JsonPaths } from "./json-path.ts";
import { checkSecretText, EndpointKey, generateSecret, type SecretCheck } from "./keys.ts";
import { isNumbered, numberedName, numberedSignature, wireNames } from "./numbered-headers.ts";
import {
  createPlatformKeys,
  type PlatformAlgorithm,
  type PlatformKey,
  type PlatformKeys,
} from "./platform-keys.ts";
import {
  compileSignature,
  usesPlatformKey,
  withoutPreset,
  type CompiledSignature,
} from "./signatures.ts";
import { compileSuccess, type Judge } from "./success.ts";
import { compileBody, compileText, type Template } from "./templates.ts";
import { version } from "../version.ts";
import type { Names, RenderedAttempt, RenderedEvent, Rendering } from "./values.ts";

export { RenderError } from "./headers.ts";
export { EndpointKey, KeyError, type SecretCheck } from "./keys.ts";
export type { Verdict } from "./success.ts";
export type { RenderedAttempt, RenderedEvent } from "./values.ts";

/** The valid keys by the name of their secret, the current key first. */
export type Keys = ReadonlyMap<string, readonly EndpointKey[]>;

export interface RenderedRequest {
  /** An array that alternates lower-case names and values. */
  readonly headers: string[];
  readonly body: string;
}

export interface ShownRequest extends RenderedRequest {
  /** The headers in which `[redacted]` replaces credentials, and `body` if it contained some. */
  readonly redacted: readonly string[];
}

export interface CompiledContract {
  readonly name: string;
  /** The id of its stored version, which attempts name. 0 if it is not stored. */
  readonly version: number;
  readonly timeoutMs: number;
  readonly retry: CompiledRetry;
  /** Decides what a response means. */
  readonly judge: Judge;
  /** The name of every header that the contract sets, in lower case. */
  readonly headerNames: readonly string[];
  /** The name of the secret that an endpoint has if it has only one. */
  readonly firstSecret: string;
  /** The names of all secrets that it defines. */
  readonly definedSecrets: readonly string[];
  /** The names of the secrets that it needs. Without any, nothing is signed. */
  readonly secretNames: readonly string[];
  /** The kinds of the platform's keys that it signs with. */
  readonly platformAlgorithms: readonly PlatformAlgorithm[];
  /**
   * The body of an event if it is the same in every attempt at every endpoint; otherwise null.
   *
   * @throws RenderError if this contract cannot send the event's data.
   */
  sharedBody(event: RenderedEvent): string | null;
  /**
   * Returns the request of one attempt.
   *
   * @param keys must contain at least one key for each name in `secretNames`.
   * @throws RenderError if this contract cannot send the event's data.
   */
  render(attempt: RenderedAttempt, keys: Keys): RenderedRequest;
  /** The same request for display: the same signatures, without credentials. */
  show(attempt: RenderedAttempt, keys: Keys): ShownRequest;
  /**
   * Parses an endpoint's secret for signing. Parse each secret once.
   *
   * @throws KeyError if this contract cannot sign with the secret.
   */
  prepareKey(name: string, secret: string): EndpointKey;
  /** Whether an endpoint's secret can be used, before it is stored. */
  checkSecret(name: string, secret: string): SecretCheck;
  /** A new secret in the form that the contract defines. */
  newSecret(name: string, randomBytes: (count: number) => Uint8Array): string;
}

export interface CompiledRetry {
  /** The delay before each attempt, in milliseconds; the first is 0. */
  readonly scheduleMs: readonly number[];
  readonly jitter: Jitter;
}

/** Which version of a contract is compiled. */
export interface VersionOptions {
  /** Default: 0, a document that is not stored. */
  readonly id?: number;
  /** Default: the version of this program. */
  readonly senderVersion?: string;
}

/** @throws PosthornError `PH_CONTRACT_INVALID` for errors that the JSON Schema cannot detect. */
export function compileContract(
  contract: Contract,
  platformKeys: PlatformKeys = createPlatformKeys([]),
  { id = 0, senderVersion = version }: VersionOptions = {},
): CompiledContract {
  const refuse = (reason: string): PosthornError =>
    new PosthornError("PH_CONTRACT_INVALID", { contract: contract.name, reason });
  const compiled = compileDocument(contract, platformKeys, senderVersion, refuse);
  const { body, headers, signatures } = compiled;
  const isShared = !body.traits.has("attempt");
  const sharedBody = keepingLast((event) => body.render(new EventRendering(event)));
  const bodyFor = (rendering: Rendering): string =>
    isShared ? sharedBody(rendering.event) : body.render(rendering);
  const secretNames = usedSecrets(compiled);
  const definedSecrets = Object.keys(secretsOf(contract));
  const firstSecret = definedSecrets[0] ?? "main";
  const formOf = (name: string): ContractSecret => generatedForm(contract, name, signatures);
  const checkSecret = (name: string, secret: string): SecretCheck => {
    const own = signatures.filter((each) => each.secret === name);
    return checkSecretText(secret, {
      readings: own.map(({ reading }) => reading),
      isHeaderValue: isSentRaw(name, firstSecret, headers),
      prepare: (key) => own.forEach((each) => each.prepare(key)),
    });
  };
  checkGenerated(definedSecrets, formOf, checkSecret, refuse);
  return {
    name: contract.name,
    version: id,
    timeoutMs: contract.timeoutMs,
    retry: compileRetry(contract, refuse),
    judge: compileSuccess(contract.success, refuse),
    headerNames: headers.flatMap(({ name }) => wireNames(name)),
    definedSecrets,
    firstSecret,
    secretNames,
    platformAlgorithms: signatures.flatMap(({ platform }) => platform ?? []),
    sharedBody: (event) => (isShared ? sharedBody(event) : null),
    render(attempt, keys) {
      const rendering = new AttemptRendering(attempt, keys, compiled);
      rendering.body = bodyFor(rendering);
      return { headers: rendering.headers(), body: rendering.body };
    },
    show(attempt, keys) {
      const real = new AttemptRendering(attempt, keys, compiled);
      real.body = bodyFor(real);
      const shown = real.redacted();
      const isSecret = (template: Template): boolean => revealsCredential(template, body);
      const redacted = headers.filter((each) => isSecret(each.template)).map(({ name }) => name);
      // Headers that contain the body, e.g. its hash, are computed from the redacted body.
      if (isSecret(body)) shown.body = body.render(shown);
      return {
        headers: shown.headers(),
        body: shown.body,
        redacted: isSecret(body) ? [...redacted, "body"] : redacted,
      };
    },
    prepareKey(name, secret) {
      const key = new EndpointKey(secret);
      for (const each of signatures) if (each.secret === name) each.prepare(key);
      return key;
    },
    checkSecret,
    newSecret: (name, randomBytes) => generateSecret(formOf(name), randomBytes),
  };
}

/**
 * An event without an attempt, i.e. the values that a shared body may use. It is a class, because
 * copying an object for each body took longer than the rest of its rendering.
 */
class EventRendering implements Rendering {
  readonly event: RenderedEvent;
  readonly endpoint = noEndpoint;
  readonly deliveryId = "";
  readonly number = 1;
  readonly atMs = 0;
  readonly body = "";
  readonly isRedacted = false;

  constructor(event: RenderedEvent) {
    this.event = event;
  }

  signature = none;
  kid = none;
  secret = none;
  header = none;
}

const noEndpoint = { id: "", orgId: "", url: null };
const none = (): string => "";

/** One attempt's request while it is rendered. Each signature is computed only once. */
class AttemptRendering implements Rendering {
  readonly event: RenderedEvent;
  readonly endpoint: RenderedAttempt["endpoint"];
  readonly deliveryId: string;
  readonly number: number;
  readonly atMs: number;
  body = "";
  isRedacted = false;
  readonly #keys: Keys;
  readonly #document: CompiledDocument;
  /** By the signature's index; in a numbered header those of the other secrets follow. */
  #signatures: string[] = [];
  /** The secret whose numbered header is rendered. */
  #secretIndex = 0;

  constructor(attempt: RenderedAttempt, keys: Keys, document: CompiledDocument) {
    this.event = attempt.event;
    this.endpoint = attempt.endpoint;
    this.deliveryId = attempt.deliveryId;
    this.number = attempt.number;
    this.atMs = attempt.atMs;
    this.#keys = keys;
    this.#document = document;
  }

  headers(): string[] {
    const headers: string[] = [];
    for (const header of this.#document.headers) {
      if (header.numbered === null) headers.push(header.name, header.render(this));
      else this.#pushNumbered(headers, header, header.numbered);
    }
    return headers;
  }

  #pushNumbered(headers: string[], { name, render }: HeaderTemplate, index: number): void {
    const { secret } = this.#document.signatures[index] as CompiledSignature;
    const count = this.#keys.get(secret ?? "")?.length ?? 0;
    for (let at = 0; at < count; at += 1) {
      this.#secretIndex = at;
      headers.push(numberedName(name, at), render(this));
    }
    this.#secretIndex = 0;
  }

  signature(index: number): string {
    const { signatures } = this.#document;
    const at = this.#secretIndex;
    const place = index + at * signatures.length;
    const known = this.#signatures[place];
    if (known !== undefined) return known;
    const signature = signatures[index] as CompiledSignature;
    const { secret } = signature;
    const keys = secret === null ? [this.#platformKey(index)] : (this.#keys.get(secret) ?? []);
    const value = signature.value(this, at === 0 ? keys : keys.slice(at));
    this.#signatures[place] = value;
    return value;
  }

  kid(index: number): string {
    return this.#platformKey(index).kid;
  }

  #platformKey(index: number): PlatformKey {
    const { platform } = this.#document.signatures[index] as CompiledSignature;
    const key = platform === null ? null : this.#document.platformKeys.keyAt(platform, this.atMs);
    if (key !== null) return key;
    throw new RenderError(
      `The platform has no ${platform ?? "public"} key; see docs/contracts.md.`,
      false,
    );
  }

  secret(name: string): string {
    return this.isRedacted ? redaction : (this.#keys.get(name)?.[0]?.text() ?? "");
  }

  header(name: string): string {
    return this.#document.headers.find((header) => header.name === name)?.render(this) ?? "";
  }

  /** The same attempt with the real request's signatures and without its credentials. */
  redacted(): AttemptRendering {
    const shown = new AttemptRendering(this, this.#keys, this.#document);
    for (const index of this.#document.signatures.keys()) this.signature(index);
    this.headers();
    shown.#signatures = this.#signatures;
    shown.body = this.body;
    shown.isRedacted = true;
    return shown;
  }
}

/** Orgs take turns, so deliveries of several events are interleaved. */
const bodiesKept = 8;

function keepingLast(render: (event: RenderedEvent) => string): (event: RenderedEvent) => string {
  const kept: { readonly event: RenderedEvent; readonly body: string }[] = [];
  let next = 0;
  return (event) => {
    for (const each of kept) if (each.event === event) return each.body;
    const body = render(event);
    kept[next] = { event, body };
    next = (next + 1) % bodiesKept;
    return body;
  };
}

type Refuse = (reason: string) => PosthornError;

function compileDocument(
  contract: Contract,
  platformKeys: PlatformKeys,
  senderVersion: string,
  refuse: Refuse,
): CompiledDocument {
  const { form, signatures = {} } = contract;
  const isForm = form !== undefined;
  if (isForm === (contract.body !== undefined)) {
    throw refuse(isForm ? "it has both body and form" : "it has neither body nor form");
  }
  const agent = contract.headers?.["user-agent"];
  const texts: Readonly<Record<string, string>> = {
    "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json",
    "user-agent": `${deliveryAgent}{sender.version}`,
    ...contract.headers,
    ...(agent === undefined ? {} : { [loopHeader]: loopMarker }),
  };
  if (contract.headers?.[loopHeader] !== undefined) {
    throw refuse(`/headers/${loopHeader} is the sender's own header`);
  }
  const framing = Object.keys(texts).find((name) => framingHeaders.has(name));
  if (framing !== undefined) throw refuse(`/headers/${framing} is the transport's own header`);
  const names: Names = {
    signatures: Object.keys(signatures),
    platformSignatures: Object.entries(signatures)
      .filter(([, signature]) => usesPlatformKey(withoutPreset(signature)))
      .map(([name]) => name),
    secrets: Object.keys(secretsOf(contract)),
    headers: Object.keys(texts).filter((name) => !isNumbered(name)),
    senderVersion,
    dataPaths: new JsonPaths(),
  };
  const shared = { names, refuse };
  const body = isForm
    ? compileForm(form, { ...shared, place: "body", path: "/form" })
    : compileBody(contract.body ?? null, { ...shared, place: "body", path: "/body" });
  const compiled = Object.entries(signatures).map(([name, signature]) => {
    const options = { ...shared, place: "content", path: `/signatures/${name}` } as const;
    return compileSignature(name, withoutPreset(signature), options);
  });
  const headers = Object.entries(texts).map(([name, text]): HeaderTemplate => {
    const template = compileText(text, { ...shared, place: "header", path: `/headers/${name}` });
    const numbered = numberedSignature({ name, template }, compiled, Object.keys(texts), refuse);
    return { name, template, render: headerRender(name, template), numbered };
  });
  const document = { body, headers, signatures: compiled, platformKeys };
  checkSignatures(document, refuse);
  return document;
}

function usedSecrets({ body, headers, signatures }: CompiledDocument): readonly string[] {
  const used = new Set(signatures.flatMap(({ secret }) => secret ?? []));
  for (const template of [body, ...headers.map((header) => header.template)]) {
    for (const secret of template.secrets) used.add(secret);
  }
  return [...used];
}

function compileRetry({ retry }: Contract, refuse: Refuse): CompiledRetry {
  const { jitter = 0 } = retry;
  try {
    return {
      scheduleMs: parseSchedule(retry.schedule),
      jitter: typeof jitter === "number" ? { below: jitter, above: jitter } : jitter,
    };
  } catch (error) {
    const reason = error instanceof PosthornError ? error.message : String(error);
    throw refuse(`/retry/schedule: ${reason}`);
  }
}
