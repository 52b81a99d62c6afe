/**
 * Checks the signatures of a received request, and finds out why one does not match. Pure.
 */
import { computeSignature, SignatureError, type SignatureScheme } from "@posthorn/consumer";
import type { Contract } from "../../contracts/contract.ts";
import { receivedSignatures } from "../../contracts/received.ts";
import { bodyVariants, isJson } from "./body-variants.ts";

export interface ReceivedRequest {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export type Verdict =
  | "right"
  | "missing_header"
  | "secret_invalid"
  | "secret_has_whitespace"
  | "wrong_secret"
  | "body_changed"
  | "wrong_secret_or_body"
  | "signature_malformed"
  | "timestamp_invalid"
  | "timestamp_too_old"
  | "timestamp_too_new";

export interface SignatureCheck {
  /** The header with the signature. */
  readonly header: string;
  readonly verdict: Verdict;
  /** One or two sentences: what is wrong, and what to do. */
  readonly reason: string;
}

export interface CheckOptions {
  readonly request: ReceivedRequest;
  /** The endpoint's secrets; during a rotation there are two. */
  readonly secrets: readonly string[];
  /** The contracts that may have been used. */
  readonly contracts: readonly Contract[];
  readonly toleranceSeconds: number;
  readonly nowMs: number;
  /** The body that Posthorn sent, if it is known. */
  readonly sentBody: Buffer | null;
}

/** A signature that a contract defines, with the headers that it covers. */
interface Expected {
  readonly header: string;
  readonly scheme: SignatureScheme;
  readonly idHeader: string | null;
  readonly timestampHeader: string | null;
}

/** Checks each signature that the request has, or says which are missing. */
export function checkSignatures(options: CheckOptions): readonly SignatureCheck[] {
  const expected = expectedSignatures(options.contracts);
  const present = expected.filter(({ header }) => options.request.headers.has(header));
  if (present.length > 0) return present.map((each) => checkOne(each, options));
  const names = [...new Set(expected.map(({ header }) => header))];
  return [
    {
      header: names.join(", "),
      verdict: "missing_header",
      reason:
        `The request has none of the headers ${names.join(", ")}. Pass the headers as they ` +
        "arrived, and check whether a proxy removes them.",
    },
  ];
}

/** Contracts share signatures, so each different one is checked once. */
function expectedSignatures(contracts: readonly Contract[]): readonly Expected[] {
  const all = new Map<string, Expected>();
  for (const contract of contracts) {
    const { headers } = contract;
    const carrying = (header: string, placeholder: string): string | null => {
      const names = Object.keys(headers).filter((name) => headers[name] === placeholder);
      const family = header.slice(0, header.indexOf("-") + 1);
      return names.find((name) => name.startsWith(family)) ?? names[0] ?? null;
    };
    for (const { header, scheme } of receivedSignatures(contract)) {
      const has = (name: string): boolean => scheme.content.includes(name);
      const expected = {
        header,
        scheme,
        idHeader: has("{id}") ? carrying(header, "{event.id}") : null,
        timestampHeader: has("{timestamp}")
          ? carrying(header, "{attempt.timestamp_seconds}")
          : null,
      };
      all.set(JSON.stringify(expected), expected);
    }
  }
  return [...all.values()];
}

function checkOne(expected: Expected, options: CheckOptions): SignatureCheck {
  const { header, idHeader, timestampHeader } = expected;
  const { headers } = options.request;
  const verdict = (name: Verdict, reason: string): SignatureCheck => ({
    header,
    verdict: name,
    reason,
  });
  const missing = [idHeader, timestampHeader].find((name) => name !== null && !headers.get(name));
  if (missing !== undefined && missing !== null) {
    const reason = `The header ${missing} is missing, which the signature covers.`;
    return verdict("missing_header", `${reason} Check whether a proxy removes it.`);
  }
  const id = idHeader === null ? "" : (headers.get(idHeader) ?? "");
  const timestamp = timestampHeader === null ? "" : (headers.get(timestampHeader) ?? "");
  if (timestampHeader !== null && !/^\d{1,12}$/.test(timestamp)) {
    return verdict("timestamp_invalid", `The header ${timestampHeader} is not Unix seconds.`);
  }
  const matches = (body: Buffer, secrets: readonly string[]): boolean =>
    isSignedBy(expected, options.request, { id, timestamp, body }, secrets);
  try {
    if (matches(options.request.body, options.secrets)) {
      return timestampHeader === null
        ? verdict("right", "It covers only the body, so its age cannot be checked.")
        : { header, ...ageOf(Number(timestamp), options) };
    }
    return { header, ...whyNot(expected, options, matches) };
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    const advice = "Copy the endpoint's whole secret, with whsec_.";
    return verdict("secret_invalid", `${error.message} ${advice}`);
  }
}

type SignedContent = { readonly id: string; readonly timestamp: string; readonly body: Buffer };

function isSignedBy(
  { header, scheme }: Expected,
  { headers }: ReceivedRequest,
  parts: SignedContent,
  secrets: readonly string[],
): boolean {
  const value = headers.get(header) ?? "";
  const received = scheme.list ? value.split(" ") : [value];
  return secrets.some((secret) => received.includes(computeSignature(scheme, secret, parts)));
}

type Found = Pick<SignatureCheck, "verdict" | "reason">;

function ageOf(timestampSeconds: number, { nowMs, toleranceSeconds }: CheckOptions): Found {
  const ageSeconds = Math.floor(nowMs / 1000) - timestampSeconds;
  if (ageSeconds > toleranceSeconds) {
    return {
      verdict: "timestamp_too_old",
      reason:
        `The signature matches, but was made ${ageSeconds} s ago; ${toleranceSeconds} s are ` +
        "allowed. The request waited or was sent again by somebody else, or a clock is wrong. " +
        "Use --at for a request that you received earlier.",
    };
  }
  if (-ageSeconds > toleranceSeconds) {
    return {
      verdict: "timestamp_too_new",
      reason:
        `The signature matches, but was made ${-ageSeconds} s in the future; ` +
        `${toleranceSeconds} s are allowed. Check the receiver's clock.`,
    };
  }
  return { verdict: "right", reason: `It was made ${ageSeconds} s before the given time.` };
}

/** Tries what usually goes wrong; the first change that makes the signature match is the cause. */
function whyNot(
  { header, scheme }: Expected,
  { request, secrets, sentBody }: CheckOptions,
  matches: (body: Buffer, secrets: readonly string[]) => boolean,
): Found {
  const { body, headers } = request;
  const cleaned = secrets.map((secret) => secret.trim().replace(/^(["'])(.*)\1$/, "$2"));
  if (cleaned.some((secret) => !secrets.includes(secret)) && matches(body, cleaned)) {
    return {
      verdict: "secret_has_whitespace",
      reason: "The secret has white space or quotes around it. Remove them.",
    };
  }
  const example = scheme.form.replace("{signature}", "…");
  if (!scheme.list && /^[0-9A-F]+$/.test(headers.get(header) ?? "")) {
    return { verdict: "signature_malformed", reason: "The signature must be in lower case." };
  }
  const prefix = scheme.form.split("{signature}")[0] ?? "";
  if (!(headers.get(header) ?? "").split(" ").some((each) => each.startsWith(prefix))) {
    return {
      verdict: "signature_malformed",
      reason: `The header ${header} does not have the form ${example}. Pass the header unchanged.`,
    };
  }
  const advice = "Verify the raw bytes of the request, before any parser or framework reads them.";
  const variant = bodyVariants(body).find((each) => matches(each.body, secrets));
  if (variant !== undefined) {
    return { verdict: "body_changed", reason: `The body was ${variant.change}. ${advice}` };
  }
  if (sentBody !== null) return againstSent(body, sentBody, advice);
  return {
    verdict: "wrong_secret_or_body",
    reason:
      "Either the secret is not this endpoint's, or the body is not the one that was sent" +
      `${isJson(body.toString("utf8")) ? "" : " (it is not JSON)"}. ` +
      "Use --attempt to compare the body with what was sent.",
  };
}

function againstSent(body: Buffer, sentBody: Buffer, advice: string): Found {
  if (body.equals(sentBody)) {
    return {
      verdict: "wrong_secret",
      reason:
        "The body is exactly what was sent, so the secret is not the one that signed it: it " +
        "belongs to another endpoint, or was replaced by a rotation.",
    };
  }
  let at = 0;
  while (at < body.length && body[at] === sentBody[at]) at += 1;
  return {
    verdict: "body_changed",
    reason:
      `The body differs from what was sent from byte ${at} on (${body.length} bytes instead of ` +
      `${sentBody.length}). ${advice}`,
  };
}
