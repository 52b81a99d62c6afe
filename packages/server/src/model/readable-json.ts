/**
 * Finds what PostgreSQL's jsonb cannot hold, although it is valid JSON. Filters cannot be evaluated
 * on such data. `sql/functions/jsonb_or_null.sql` decides by trying.
 */

const escapes = /\\(u([0-9a-fA-F]{4})|.)/gs;
const numbers = /"(?:[^"\\]|\\.)*"|(-?\d[\d.eE+-]*)/gs;

/** PostgreSQL's numeric: digits before and after the decimal point. */
const wholeDigitsMax = 131_072;
const fractionDigitsMax = 16_383;
/** PostgreSQL reads no larger exponent. */
const exponentMax = 1_073_741_822;

/**
 * Returns why PostgreSQL cannot read the JSON, as the end of a sentence; null if it can.
 * @param json valid JSON.
 */
export function unreadableReason(json: string): string | null {
  if (json.includes("\\u")) {
    const reason = badEscape(json);
    if (reason !== null) return reason;
  }
  if (!/\d[eE]|[\d.]{1000}/.test(json)) return null;
  for (const [, number] of json.matchAll(numbers)) {
    if (number !== undefined && isBeyondNumeric(number))
      return "contains a number that is too long";
  }
  return null;
}

function badEscape(json: string): string | null {
  let high: number | null = null;
  for (const match of json.matchAll(escapes)) {
    const code = match[2] === undefined ? null : Number.parseInt(match[2], 16);
    if (code === 0) return "contains U+0000";
    const isHigh = code !== null && code >= 0xd800 && code < 0xdc00;
    const isLow = code !== null && code >= 0xdc00 && code < 0xe000;
    const isPair: boolean = high !== null && isLow && match.index === high;
    if (isLow !== isPair || (high !== null && !isPair)) return halfPair;
    high = isHigh ? match.index + match[0].length : null;
  }
  return high === null ? null : halfPair;
}

const halfPair = "contains half of a surrogate pair";

function isBeyondNumeric(number: string): boolean {
  const [, whole = "", fraction = "", exponentText = "0"] =
    /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > exponentMax) return true;
  if (fraction.length - exponent > fractionDigitsMax) return true;
  const significant = `${whole}${fraction}`.replace(/^0+/, "");
  if (significant === "") return false;
  const zeros = whole.length + fraction.length - significant.length;
  return whole.length - zeros + exponent > wholeDigitsMax;
}
