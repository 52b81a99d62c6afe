/** Exact arithmetic with decimal numbers, as JSON writes them. */

/** Converting a longer exponent would block the process for too long. */
const exponentCharsMax = 1_000;

/**
 * Returns the same text for equal numbers, in whatever form they are written: 1.0, 1 and 10e-1.
 * Only a number with an exponent of more than 1,000 digits is equal to none but its own text. Takes
 * linear time, because a number may fill a whole event.
 */
export function canonicalNumber(text: string): string {
  const [, whole = "0", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  if (exponent.length > exponentCharsMax) return text;
  const all = `${whole}${fraction}`;
  const end = withoutLastZeros(all);
  let start = 0;
  while (start < end && all[start] === "0") start += 1;
  if (start === end) return "0e0";
  const sign = text.startsWith("-") ? "-" : "";
  const shift = BigInt(all.length - end - fraction.length);
  return `${sign}${all.slice(start, end)}e${BigInt(exponent) + shift}`;
}

/** The length of the text without the zeros at its end. A regular expression would be quadratic. */
function withoutLastZeros(text: string): number {
  let end = text.length;
  while (end > 0 && text[end - 1] === "0") end -= 1;
  return end;
}

/** The number `digits * 10 ** exponent`. Nonzero digits do not end in 0. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: bigint;
}

const form = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function decimalOf(text: string): Decimal {
  const [, whole = "0", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  const digits = all.slice(0, withoutLastZeros(all));
  if (/^0*$/.test(digits)) return { digits: 0n, exponent: 0n };
  const dropped = all.length - digits.length;
  return { digits: BigInt(digits), exponent: BigInt(exponent) + BigInt(dropped - fraction.length) };
}

/**
 * Returns true if the first number is a whole multiple of the second. Doubles would be wrong:
 * neither 19.99 nor 0.01 is exact in binary, so 19.99 would not be a multiple of 0.01.
 * @param value a number as JSON writes it, of any size.
 * @param step a number of the same form; not 0.
 */
export function isMultipleOf(value: string, step: string): boolean {
  const { digits, exponent } = decimalOf(value);
  const unit = decimalOf(step);
  if (digits === 0n) return true;
  const shift = exponent - unit.exponent;
  // The digits of `value` do not end in 0, so the value is not a multiple of a larger power of ten.
  if (shift < 0n) return false;
  return (digits * powerOfTen(shift, unit.digits)) % unit.digits === 0n;
}

/**
 * Computes `10 ** exponent % modulus` without the power itself, because the exponent may be huge.
 */
function powerOfTen(exponent: bigint, modulus: bigint): bigint {
  let power = 1n % modulus;
  for (const bit of exponent.toString(2)) {
    power = (power * power) % modulus;
    if (bit === "1") power = (power * 10n) % modulus;
  }
  return power;
}

/**
 * Compares two numbers exactly.
 * @returns a negative number, 0 or a positive number, as a function for sorting does.
 */
export function compareNumbers(one: string, other: string): number {
  // Short whole numbers, which are most numbers, are exact as doubles.
  if (isShortInteger(one) && isShortInteger(other)) return Number(one) - Number(other);
  const [a, b] = [magnitudeOf(one), magnitudeOf(other)];
  if (a.sign !== b.sign) return a.sign - b.sign;
  if (a.lead !== b.lead) return a.lead < b.lead ? -a.sign : a.sign;
  if (a.digits === b.digits) return 0;
  const length = Math.max(a.digits.length, b.digits.length);
  return a.digits.padEnd(length, "0") < b.digits.padEnd(length, "0") ? -a.sign : a.sign;
}

function isShortInteger(text: string): boolean {
  return text.length < 16 && /^-?\d+$/.test(text);
}

/** The number `sign * 0.digits * 10 ** lead`. The digits neither start nor end in 0. */
interface Magnitude {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly lead: number;
}

function magnitudeOf(text: string): Magnitude {
  const [, whole = "0", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  const significant = all.replace(/^0+/, "");
  if (significant === "") return { sign: 0, digits: "", lead: 0 };
  const zeros = all.length - significant.length;
  return {
    sign: text.startsWith("-") ? -1 : 1,
    digits: significant.replace(/0+$/, ""),
    lead: whole.length - zeros + Number(exponent),
  };
}
