/**
 * Array parameters in PostgreSQL's binary format. In text format, Posthorn escapes every value and
 * the server parses it, character by character. That took 22 µs of this process and 9 µs of the
 * server per delivery (docs/performance.md). The binary format, which the server's function
 * array_recv reads, consists of dimensions, a null flag, the element type, and each element with
 * its length. PostgreSQL has kept this format since version 7.4. An array of nulls is sent as null:
 * `unnest` of several arrays then fills the column with nulls.
 */

/** Type ids, which are fixed in PostgreSQL's catalogue (pg_type.dat). */
const oid = { bytea: 17, int2: 21, int4: 23, text: 25, json: 114, timestamptz: 1184, uuid: 2950 };

const headerBytes = 20;
const lengthBytes = 4;

interface ElementFormat<Value> {
  readonly oid: number;
  /** An upper limit for the bytes that `write` writes. It is exact where that costs little. */
  bytesMax(value: Value): number;
  /** @returns the position of the next byte. */
  write(buffer: Buffer, value: Value, offset: number): number;
}

function arrayOf<Value>(
  format: ElementFormat<Value>,
): (values: readonly (Value | null)[]) => Buffer | null {
  return (values) => {
    let bytesMax = headerBytes;
    let nulls = 0;
    for (const value of values) {
      bytesMax += lengthBytes;
      if (value === null) nulls += 1;
      else bytesMax += format.bytesMax(value);
    }
    if (nulls === values.length && nulls > 0) return null;
    const buffer = Buffer.allocUnsafe(bytesMax);
    buffer.writeInt32BE(1, 0);
    buffer.writeInt32BE(nulls > 0 ? 1 : 0, 4);
    buffer.writeInt32BE(format.oid, 8);
    buffer.writeInt32BE(values.length, 12);
    buffer.writeInt32BE(1, 16);
    let offset = headerBytes;
    for (const value of values) {
      const start = offset + lengthBytes;
      const end = value === null ? start : format.write(buffer, value, start);
      buffer.writeInt32BE(value === null ? -1 : end - start, offset);
      offset = end;
    }
    return buffer.subarray(0, offset);
  };
}

/** A UTF-16 unit has at most three bytes in UTF-8. */
const bytesPerUnitMax = 3;

/**
 * Longer texts are measured, because three times their length would be too much memory to reserve.
 */
const longChars = 4_096;

/** For shorter texts, this loop is faster than a native call, which takes 0.1 µs. */
const shortChars = 24;

function textFormat(elementOid: number): ElementFormat<string> {
  return {
    oid: elementOid,
    bytesMax: (value) =>
      value.length > longChars ? Buffer.byteLength(value) : value.length * bytesPerUnitMax,
    write(buffer, value, offset) {
      if (value.length > shortChars) return offset + buffer.write(value, offset);
      for (let index = 0; index < value.length; index += 1) {
        const code = value.charCodeAt(index);
        if (code > 127) return offset + buffer.write(value, offset);
        buffer[offset + index] = code;
      }
      return offset + value.length;
    },
  };
}

export const textArray = arrayOf(textFormat(oid.text));
export const jsonArray = arrayOf(textFormat(oid.json));

export const byteaArray = arrayOf<Uint8Array>({
  oid: oid.bytea,
  bytesMax: (value) => value.length,
  write(buffer, value, offset) {
    buffer.set(value, offset);
    return offset + value.length;
  },
});

export const int2Array = arrayOf<number>({
  oid: oid.int2,
  bytesMax: () => 2,
  write: (buffer, value, offset) => buffer.writeInt16BE(value, offset),
});

export const int4Array = arrayOf<number>({
  oid: oid.int4,
  bytesMax: () => 4,
  write: (buffer, value, offset) => buffer.writeInt32BE(value, offset),
});

/** PostgreSQL's epoch, 2000-01-01, in Unix milliseconds. */
const epochMs = 946_684_800_000;
const twoTo32 = 4_294_967_296;

/** Takes milliseconds since the Unix epoch. */
export const timestampArray = arrayOf<number>({
  oid: oid.timestamptz,
  bytesMax: () => 8,
  write(buffer, timeMs, offset) {
    // The value is written as two halves: a number can represent microseconds exactly only up to
    // the year 2255, and a BigInt for each value would burden the garbage collector.
    const sinceMs = timeMs - epochMs;
    const highMs = Math.floor(sinceMs / twoTo32);
    const lowMicros = Math.round((sinceMs - highMs * twoTo32) * 1000);
    const carry = Math.floor(lowMicros / twoTo32);
    buffer.writeInt32BE(highMs * 1000 + carry, offset);
    return buffer.writeUInt32BE(lowMicros - carry * twoTo32, offset + 4);
  },
});

const hyphen = 45;

/** The value of each hexadecimal digit, by its character code. 255 for any other character. */
const digits = new Uint8Array(128).fill(255);
for (let value = 0; value < 16; value += 1) {
  const digit = value.toString(16);
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/** @throws Error unless the text has 32 hexadecimal digits, with hyphens anywhere. */
export const uuidArray = arrayOf<string>({
  oid: oid.uuid,
  bytesMax: () => 16,
  write(buffer, value, offset) {
    let digitsRead = 0;
    let high = 0;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code === hyphen) continue;
      const digit = code < 128 ? (digits[code] as number) : 255;
      if (digit === 255 || digitsRead === 32) throw notUuid(value);
      if (digitsRead % 2 === 0) high = digit;
      else buffer[offset + (digitsRead >> 1)] = high * 16 + digit;
      digitsRead += 1;
    }
    if (digitsRead !== 32) throw notUuid(value);
    return offset + 16;
  },
});

function notUuid(value: string): Error {
  return new Error(`${JSON.stringify(value)} is not a UUID.`);
}
