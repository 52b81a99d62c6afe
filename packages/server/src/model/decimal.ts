/** Exact arithmetic on decimal numbers as JSON writes them. */

/** The same text for numbers that are equal, however they are written: 1.0, 1 and 10e-1. */
export function canonicalNumber(text: string): string {
  const { digits, exponent } = decimalOf(text);
  const sign = text.startsWith("-") && digits !== 0n ? "-" : "";
  return `${sign}${digits}e${exponent}`;
}

/** `digits * 10 ** exponent`; digits that are not 0 do not end in 0. */
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
 * True if the first number is a whole multiple of the second. Divided as binary numbers, 19.99 is
 * no multiple of 0.01: neither can be written in binary.
 *
 * @param value a number as JSON writes it, of any size.
 * @param step likewise; not 0.
 */
export function isMultipleOf(value: string, step: string): boolean {
  const { digits, exponent } = decimalOf(value);
  const unit = decimalOf(step);
  if (digits === 0n) return true;
  const shift = exponent - unit.exponent;
  // Its digits do not end in 0, so no multiple of a larger power of ten is left.
  if (shift < 0n) return false;
  return (digits * powerOfTen(shift, unit.digits)) % unit.digits === 0n;
}

/** `10 ** exponent % modulus`, without ever holding the power: an exponent may be a long number. */
function powerOfTen(exponent: bigint, modulus: bigint): bigint {
  let power = 1n % modulus;
  for (const bit of exponent.toString(2)) {
    power = (power * power) % modulus;
    if (bit === "1") power = (power * 10n) % modulus;
  }
  return power;
}
