/** Keeps the start of a receiver's response, as text that a database can store. */
import { limits } from "../limits.ts";

const bytesMax = limits.responseBodyKeptBytes;

/**
 * Collects a body in limited memory, whatever the receiver sends. The first chunk is kept as it is.
 * From the second chunk on, everything is copied into one buffer. Otherwise 16,384 chunks of one
 * byte would take 1.5 MB per attempt.
 */
export class ResponseBody {
  #bytes: Buffer | null = null;
  #length = 0;
  #isCopied = false;

  /** Returns false if the chunk does not fit. The rest of the body is not needed in that case. */
  add(chunk: Buffer): boolean {
    const kept = Math.min(chunk.length, bytesMax - this.#length);
    if (this.#bytes === null) this.#bytes = chunk;
    else {
      if (!this.#isCopied) this.#copy();
      chunk.copy(this.#bytes, this.#length, 0, kept);
    }
    this.#length += kept;
    return kept === chunk.length;
  }

  /** The kept bytes decoded as UTF-8, then truncated again to `limits.responseBodyKeptBytes`. */
  text(): string {
    if (this.#bytes === null) return "";
    return storableText(this.#bytes.subarray(0, this.#length));
  }

  #copy(): void {
    const copy = Buffer.allocUnsafe(bytesMax);
    this.#bytes?.copy(copy, 0, 0, this.#length);
    this.#bytes = copy;
    this.#isCopied = true;
  }
}

/**
 * Replaces invalid UTF-8 with U+FFFD, and also U+0000, which PostgreSQL rejects in text. U+FFFD has
 * three bytes, so a binary body becomes longer and is truncated again.
 */
function storableText(bytes: Buffer): string {
  const text = bytes.toString("utf8").replaceAll("\0", "\uFFFD");
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const whole = Buffer.from(text);
  let end = bytesMax;
  while (isInsideCharacter(whole[end])) end -= 1;
  return whole.toString("utf8", 0, end);
}

/** In UTF-8, every byte of a character except the first starts with the bits 10. */
function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
