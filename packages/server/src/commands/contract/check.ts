/** `posthorn contract check`: compares one recorded request with what a contract would send. */
import { readArgument, readInputFile } from "../../client/input.ts";
import type { CommandContext } from "../../client/terminal.ts";
import type { Contract, ContractSignature } from "../../contracts/contract.ts";
import { secretsOf } from "../../contracts/checks.ts";
import { RenderError } from "../../contracts/render.ts";
import { withoutPreset } from "../../contracts/signatures.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { searchCause, type Search } from "./causes.ts";
import {
  compare,
  isProblem,
  recordedSignatures,
  tokenDifferences,
  type Compared,
} from "./compare.ts";
import { checkAsJson, describeCheck } from "./describe.ts";
import { readDocumentFile, readSecret } from "./document.ts";
import { findValues, type FoundValues } from "./infer.ts";
import { rebuild, type GivenSecret, type RebuildOptions, type Rebuilt } from "./rebuild.ts";
import { readRecorded, type RecordedRequest } from "./recorded.ts";

export interface CheckCommandOptions {
  readonly request: string;
  readonly secret?: readonly string[];
  readonly to?: string;
  readonly entry?: number;
  readonly signingKeys?: string;
}

/** Why a signature differs. */
export interface SignatureFinding extends Search {
  readonly name: string;
  readonly header: string | null;
  /** The signature as the document defines it. */
  readonly signature: ContractSignature;
  /** Why the document cannot use the secret; null if it can. */
  readonly secretProblem: string | null;
  /** What differs in a JSON Web Token. */
  readonly token: readonly string[];
}

export interface CheckResult {
  readonly request: RecordedRequest;
  readonly found: FoundValues;
  readonly compared: readonly Compared[];
  readonly signatures: readonly SignatureFinding[];
  readonly isRight: boolean;
}

export async function check(
  given: string,
  options: CheckCommandOptions,
  context: CommandContext,
  isJson: boolean,
): Promise<void> {
  const { terminal } = context;
  const { contract } = await readDocumentFile(given, terminal);
  const bytes = await readInputFile(options.request, terminal);
  const request = readRecorded(bytes, { url: options.to ?? null, entry: options.entry ?? null });
  const secrets: GivenSecret[] = [];
  for (const secret of options.secret ?? []) {
    secrets.push(await readSecret(contract, secret, terminal));
  }
  const keys = options.signingKeys;
  const signingKeys = keys === undefined ? null : await readArgument(keys, terminal);
  const result = checkRequest(contract, request, { secrets, signingKeys, nowMs: context.now() });
  if (!result.isRight) context.exitCode = exitCodes.negative;
  terminal.out(isJson ? `${JSON.stringify(checkAsJson(result))}\n` : describeCheck(result));
}

/** @throws PosthornError `PH_PREVIEW` if the contract cannot send what was recorded. */
export function checkRequest(
  document: Contract,
  request: RecordedRequest,
  options: RebuildOptions,
): CheckResult {
  const found = findValues(document, request);
  const rebuilt = rebuiltOrRefused(document, request, found, options);
  const compared = compare(document, request, rebuilt);
  const isWrong = compared.some(isProblem);
  const signatures = [...recordedSignatures(document, found)].flatMap(([name, recorded]) =>
    findingOf(name, recorded, { document, request, found, rebuilt, compared, options }),
  );
  return { request, found, compared, signatures, isRight: !isWrong };
}

function rebuiltOrRefused(
  document: Contract,
  request: RecordedRequest,
  found: FoundValues,
  options: RebuildOptions,
): Rebuilt {
  try {
    return rebuild(document, request, found, options);
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const reason = error.message.replace(/\.$/, "");
    throw new PosthornError("PH_PREVIEW", { contract: document.name, reason });
  }
}

interface FindingFacts {
  readonly document: Contract;
  readonly request: RecordedRequest;
  readonly found: FoundValues;
  readonly rebuilt: Rebuilt;
  readonly compared: readonly Compared[];
  readonly options: RebuildOptions;
}

/** Explains a signature that differs, if its secret was given. */
function findingOf(
  name: string,
  recorded: string,
  { document, request, found, rebuilt, compared, options }: FindingFacts,
): readonly SignatureFinding[] {
  const signature = withoutPreset(document.signatures?.[name] ?? "standard");
  const header = carrierOf(document, name);
  const place = compared.find((each) => each.name === (header ?? "body"));
  const isHmac = (signature.algorithm ?? "hmac-sha256").startsWith("hmac");
  const [first = "main"] = Object.keys(secretsOf(document));
  const secret = signature.secret ?? first;
  const texts = options.secrets.filter((each) => each.name === secret).map(({ text }) => text);
  if (place?.verdict !== "differs" || !isHmac || texts.length === 0) return [];
  const secretProblem = rebuilt.secretProblems.get(secret) ?? null;
  const built = (header === null ? undefined : rebuilt.headers.get(header)) ?? "";
  const shared = { name, header, signature, secretProblem };
  if (signature.jwt !== undefined) {
    const token = tokenDifferences(recorded, /[\w-]+\.[\w-]+\.[\w-]+/.exec(built)?.[0] ?? "");
    return [{ ...shared, token, cause: null, tried: 0 }];
  }
  const { atMs } = rebuilt.attempt;
  const search = searchCause({ signature, recorded, secrets: texts, request, found, atMs });
  return [{ ...shared, token: [], ...search }];
}

/** The header that contains a signature; null if it is in the body. */
function carrierOf(document: Contract, name: string): string | null {
  const all = Object.entries(document.headers);
  return all.find(([, template]) => template.includes(`{signature.${name}}`))?.[0] ?? null;
}
