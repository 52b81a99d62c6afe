/**
 * Ids as Svix writes them: a prefix, and 20 bytes in 27 characters of base 62 (a KSUID). The bytes
 * are seconds since a fixed time, and the object's UUID. So the id is computed from the UUID and
 * back, and nothing is looked up. Ids of UUID v7 sort by time, as Svix's own ids do.
 */
import { isUuid, uuidTimeMs } from "./id.ts";

/** The prefix of each kind of id, with its underscore. */
export const svixPrefixes = {
  app: "app_",
  attempt: "atmpt_",
  endpoint: "ep_",
  message: "msg_",
  task: "qtask_",
} as const;

export type SvixKind = keyof typeof svixPrefixes;

/** KSUIDs count their seconds from 2014-05-13T16:53:20Z, in 32 bits. */
const epochSeconds = 1_400_000_000;
const wordSize = 2 ** 32;
const wordCount = 5;
const digitsLength = 27;
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const base = alphabet.length;
/** Three digits at a time, because a remainder times a word must stay below 2^53. */
const groupLength = 3;
const groupSize = base ** groupLength;
const groups = Array.from({ length: groupSize }, (_, value) => {
  const last = alphabet.charAt(value % base);
  const middle = alphabet.charAt(Math.floor(value / base) % base);
  return alphabet.charAt(Math.floor(value / base ** 2)) + middle + last;
});
const digitValues = new Map(Array.from(alphabet, (digit, value) => [digit, value]));

/** Returns the id of an object in Svix's form. `uuid` must be in lower case, with hyphens. */
export function svixId(kind: SvixKind, uuid: string): string {
  const words = [secondsWord(uuid), ...uuidWords(uuid)];
  let text = "";
  for (let at = 0; at < digitsLength; at += groupLength) {
    let remainder = 0;
    for (let index = 0; index < wordCount; index += 1) {
      const value = remainder * wordSize + (words[index] as number);
      words[index] = Math.floor(value / groupSize);
      remainder = value % groupSize;
    }
    text = (groups[remainder] as string) + text;
  }
  return svixPrefixes[kind] + text;
}

/** Returns the UUID of an id that `svixId` wrote; null for any other text. */
export function uuidOfSvixId(kind: SvixKind, text: string): string | null {
  const prefix = svixPrefixes[kind];
  if (text.length !== prefix.length + digitsLength || !text.startsWith(prefix)) return null;
  const words = Array.from({ length: wordCount }, () => 0);
  for (let at = prefix.length; at < text.length; at += 1) {
    let carry = digitValues.get(text.charAt(at));
    if (carry === undefined) return null;
    for (let index = wordCount - 1; index >= 0; index -= 1) {
      const value = (words[index] as number) * base + carry;
      words[index] = value % wordSize;
      carry = Math.floor(value / wordSize);
    }
    // 27 digits can write numbers of more than 20 bytes.
    if (carry > 0) return null;
  }
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const uuid = hex.slice(8).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return isUuid(uuid) && words[0] === secondsWord(uuid) ? uuid : null;
}

/** True if a text has the prefix of this kind of id, so that it cannot be a uid. */
export function hasSvixPrefix(kind: SvixKind, text: string): boolean {
  return text.startsWith(svixPrefixes[kind]);
}

/**
 * The id of an event's message. It is the publisher's own id if that is one of Svix, e.g. of a
 * message that was published with another service.
 */
export function messageIdOf(event: {
  readonly id: string;
  readonly externalId?: string | null;
}): string {
  const { id, externalId = null } = event;
  return externalId !== null && messageId.test(externalId) ? externalId : svixId("message", id);
}

const messageId = /^msg_[0-9A-Za-z]{1,64}$/;

function uuidWords(uuid: string): readonly number[] {
  const hex = uuid.replaceAll("-", "");
  return [0, 8, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16));
}

/** A UUID of another version contains no time; its first bytes take the place of the seconds. */
function secondsWord(uuid: string): number {
  if (uuid.charAt(14) !== "7") return Number.parseInt(uuid.slice(0, 8), 16);
  const seconds = Math.floor(uuidTimeMs(uuid) / 1000) - epochSeconds;
  return ((seconds % wordSize) + wordSize) % wordSize;
}
