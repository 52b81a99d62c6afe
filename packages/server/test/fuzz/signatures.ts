/**
 * Verification by a receiver: it accepts signed messages and rejects changed ones, whatever bytes
 * they contain.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { SignatureError, verifyCda, verifyStandardWebhook } from "../../../consumer/src/index.ts";
import { cdaScheme, standardScheme } from "../../../consumer/src/schemes.ts";
import { computeSignature } from "../../../consumer/src/signing.ts";
import { place, wordsOf } from "./json.ts";
import type { PureTarget } from "./target.ts";

const nowMs = 1_700_000_000_000;
const nowSeconds = nowMs / 1_000;

const secretBytes = fc.uint8Array({ minLength: 1, maxLength: 64 });
const standardSecret = secretBytes.map((key) => `whsec_${Buffer.from(key).toString("base64")}`);
const printable = fc.string({ minLength: 1, maxLength: 60, unit: "grapheme-ascii" });
const id = fc.oneof(
  fc.uuid(),
  printable.map((text) => text.replaceAll(/[. ]/g, "_")),
);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.json().map((text) => Buffer.from(text)),
  // Text that a verifier could mistake for the end of the timestamp and the start of the body.
  fc.string({ maxLength: 40 }).map((text) => Buffer.from(`${nowSeconds}.${text}`)),
);

interface Message {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

/** Changes a message, or returns the same object if there is nothing to change. */
type Mutation = (message: Message) => Message;

const flippedByte = fc
  .tuple(place, fc.integer({ min: 1, max: 255 }))
  .map(([at, mask]): Mutation => (message) => {
    const changed = Uint8Array.from(message.body);
    const index = Math.floor(at * changed.length);
    if (index < changed.length) changed[index] = (changed[index] ?? 0) ^ mask;
    return { ...message, body: changed };
  });

const replaced = fc
  .tuple(fc.constantFrom("id", "signature", "timestamp"), place, printable)
  .map(([part, at, text]): Mutation => (message) => {
    const whole = message[part as "id"];
    const index = Math.floor(at * (whole.length + 1));
    // A space separates signatures. It would split this text into a valid signature and a rest.
    const piece = text.replaceAll(/\s/g, "-");
    return { ...message, [part]: whole.slice(0, index) + piece + whole.slice(index + 1) };
  });

const cut = fc
  .tuple(fc.constantFrom("id", "signature", "timestamp", "body"), place)
  .map(([part, at]): Mutation => (message) => {
    const whole = message[part as "id"];
    return { ...message, [part]: whole.slice(0, Math.floor(at * whole.length)) };
  });

/** Keeps the signed bytes, but moves the borders between id, timestamp and body. */
const shifted = fc.constant<Mutation>((message) => {
  const text = Buffer.from(message.body).toString("latin1");
  const [, timestamp, rest] = /^(\d{1,12})\.(.*)$/s.exec(text) ?? [];
  if (timestamp === undefined || rest === undefined) return message;
  const longer = `${message.id}.${message.timestamp}`;
  return { ...message, id: longer, timestamp, body: Buffer.from(rest, "latin1") };
});

const otherTime = fc.integer({ min: 1, max: 10_000 }).map((seconds): Mutation => (message) => ({
  ...message,
  timestamp: `${nowSeconds - seconds}`,
}));

const mutation = fc.oneof(flippedByte, replaced, cut, shifted, otherTime);

function isSame(one: Message, other: Message): boolean {
  return (
    one.id === other.id &&
    one.timestamp === other.timestamp &&
    one.signature === other.signature &&
    Buffer.from(one.body).equals(Buffer.from(other.body))
  );
}

/**
 * Returns true if the verifier accepts the message. Any error other than the library's own
 * rejection is a bug.
 */
function isAccepted(verify: () => unknown): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    assert.ok(error instanceof SignatureError, `It threw ${String(error)}`);
    return false;
  }
}

function standardHeaders(message: Message, family: string): Record<string, string> {
  return {
    [`${family}-id`]: message.id,
    [`${family}-timestamp`]: message.timestamp,
    [`${family}-signature`]: message.signature,
  };
}

const standardProperty = fc.property(
  standardSecret,
  id,
  fc.integer({ min: -300, max: 300 }),
  body,
  fc.constantFrom("webhook", "svix", "Webhook", "SVIX"),
  mutation,
  (secret, messageId, skew, bytes, family, mutate) => {
    const timestamp = String(nowSeconds + skew);
    const parts = { id: messageId, timestamp, body: bytes };
    const signature = computeSignature(standardScheme, secret, parts);
    const message = { ...parts, signature };
    const verify = (each: Message): boolean =>
      isAccepted(() =>
        verifyStandardWebhook({
          headers: standardHeaders(each, family),
          body: each.body,
          secret,
          nowMs,
        }),
      );
    assert.ok(verify(message), "It refused what was signed");
    const mutated = mutate(message);
    if (!isSame(message, mutated)) assert.ok(!verify(mutated), "It took what was changed");
  },
);

const cdaProperty = fc.property(
  printable,
  body,
  fc.oneof(flippedByte, replaced, cut),
  (secret, bytes, mutate) => {
    const message = { id: "", timestamp: "", body: bytes, signature: "" };
    const signed = { ...message, signature: computeSignature(cdaScheme, secret, message) };
    const verify = (each: Message): boolean =>
      isAccepted(() =>
        verifyCda({ headers: { "x-cda-signature": each.signature }, body: each.body, secret }),
      );
    assert.ok(verify(signed), "It refused what was signed");
    const mutated = { ...mutate(signed), id: "", timestamp: "" };
    if (!isSame(signed, mutated)) assert.ok(!verify(mutated), "It took what was changed");
  },
);

const headerText = fc.oneof(
  fc.constantFrom("", "v1,", "v1, v1,", " ", "v1a,AAAA", String(nowSeconds), "1e9", "-1", "NaN"),
  fc.string({ unit: "binary", maxLength: 80 }),
);
const anyHeaders = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      ...wordsOf("webhook svix WEBHOOK").flatMap((family) =>
        wordsOf("id timestamp signature").map((part) => `${family}-${part}`),
      ),
      ...wordsOf("x-cda-signature X-CDA-Signature get __proto__ constructor"),
    ),
    fc.string({ maxLength: 20 }),
  ),
  fc.oneof(headerText, fc.array(headerText, { maxLength: 3 }), fc.constant(undefined)),
  { maxKeys: 8 },
);
const anySecret = fc.oneof(
  standardSecret,
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom("", "whsec_", "whsec_=", "whsec_A"),
  // The value of an unset environment variable, which the types do not allow.
  fc.constant(undefined as unknown as string),
);

/** Nobody signed these messages, so the verifier must reject each of them and never crash. */
const junkProperty = fc.property(
  anyHeaders,
  fc.oneof(fc.string({ unit: "binary" }), body),
  fc.oneof(
    fc.record({ secret: anySecret }),
    fc.record({ secrets: fc.array(anySecret, { maxLength: 3 }) }),
  ),
  fc.oneof(fc.constant(300), fc.double()),
  (headers, anyBody, secrets, toleranceSeconds) => {
    const request = { headers, body: anyBody, ...secrets };
    const isStandard = isAccepted(() =>
      verifyStandardWebhook({ ...request, toleranceSeconds, nowMs }),
    );
    assert.ok(!isStandard, "It took what was never signed");
    assert.ok(!isAccepted(() => verifyCda(request)), "It took what was never signed");
  },
);

const opened = (property: fc.IRawProperty<unknown>) => async () => ({ property });

export const signatureTargets: readonly PureTarget[] = [
  { name: "signature", share: 4, shortCases: 700, open: opened(standardProperty) },
  { name: "signature-cda", share: 2, shortCases: 300, open: opened(cdaProperty) },
  { name: "signature-junk", share: 3, shortCases: 700, open: opened(junkProperty) },
];
