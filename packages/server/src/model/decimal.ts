/** Exact arithmetic on decimal numbers as JSON writes them. */

/** Equal numbers give the same text, in whatever form: 1.0, 1 and 10e-1. */
export function canonicalNumber(text: string): string {
  const { digits, exponent } = decimalOf(text);
  const sign = text.startsWith("-") && digits !== 0n ? "-" : "";
  return `${sign}${digits}e${exponent}`;
}

/** `digits * 10 ** exponent`; nonzero digits do not end in 0. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: bigint;
}

const form = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

function decimalOf(text: string): Decimal {
  const [, whole = "0", fraction = "", exponent = "0"] = form.exec(text) ?? [];
  const all = `${whole}${fraction}`;
  const digits = all.replace(/0+$/, "");
  if (/^0*$/.test(digits)) return { digits: 0n, exponent: 0n };
  const dropped = all.length - digits.length;
  return { digits: BigInt(digits), exponent: BigInt(exponent) + BigInt(dropped - fraction.length) };
}

/**
 * True if the first number is a whole multiple of the second. Not computed with doubles: neither
 * 19.99 nor 0.01 is exact in binary, so 19.99 would be no multiple of 0.01.
 *
 * @param value a number as JSON writes it, of any size.
 * @param step likewise; not 0.
 */
export function isMultipleOf(value: string, step: string): boolean {
  const { digits, exponent } = decimalOf(value);
  const unit = decimalOf(step);
  if (digits === 0n) return true;
  const shift = exponent - unit.exponent;
  // The digits of `value` do not end in 0, so it is no multiple of a larger power of ten.
  if (shift < 0n) return false;
  return (digits * powerOfTen(shift, unit.digits)) % unit.digits === 0n;
}

/** `10 ** exponent % modulus`, without computing the power: the exponent itself may be huge. */
function powerOfTen(exponent: bigint, modulus: bigint): bigint {
  let power = 1n % modulus;
  for (const bit of exponent.toString(2)) {
    power = (power * power) % modulus;
    if (bit === "1") power = (power * 10n) % modulus;
  }
  return power;
}
