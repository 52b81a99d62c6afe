/** Reads the parts of a backup in order, and keeps at most one chunk of it in memory. */
import { createHash } from "node:crypto";
import { damaged, endOfRows, lineBytesMax } from "./format.ts";

const newline = "\n".charCodeAt(0);
const endMark = Buffer.from(endOfRows);
const lineThenEnd = Buffer.from(`\n${endOfRows}`);
const none = Buffer.alloc(0);

export class BackupReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #hash = createHash("sha256");
  #ready: Buffer = none;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The SHA-256 of everything read so far, in hexadecimal. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /**
   * The next line, without its end.
   * @throws PosthornError `PH_BACKUP_DAMAGED`
   */
  async line(): Promise<string> {
    let end = this.#ready.indexOf(newline);
    while (end === -1) {
      if (this.#ready.length > lineBytesMax) throw damaged("a line is too long");
      const searched = this.#ready.length;
      await this.#readMore();
      end = this.#ready.indexOf(newline, searched);
    }
    return this.#take(end + 1)
      .subarray(0, end)
      .toString();
  }

  /**
   * The rows of one table, as COPY reads them.
   * @throws PosthornError `PH_BACKUP_DAMAGED`
   */
  async *rows(): AsyncGenerator<Buffer> {
    while (this.#ready.length < endMark.length) await this.#readMore();
    if (this.#ready.subarray(0, endMark.length).equals(endMark)) {
      this.#take(endMark.length);
      return;
    }
    for (;;) {
      const end = this.#ready.indexOf(lineThenEnd);
      if (end !== -1) {
        yield this.#take(end + 1);
        this.#take(endMark.length);
        return;
      }
      // The end of this chunk may be the start of the mark.
      const sure = this.#ready.length - (lineThenEnd.length - 1);
      if (sure > 0) yield this.#take(sure);
      await this.#readMore();
    }
  }

  /** @throws PosthornError `PH_BACKUP_DAMAGED` if anything follows. */
  async end(): Promise<void> {
    const isMore = this.#ready.length > 0 || !(await this.#next()).done;
    if (isMore) throw damaged("something follows its last line");
  }

  #take(bytes: number): Buffer {
    const taken = this.#ready.subarray(0, bytes);
    this.#ready = this.#ready.subarray(bytes);
    this.#hash.update(taken);
    return taken;
  }

  async #readMore(): Promise<void> {
    const { done, value } = await this.#next();
    if (done === true) throw damaged("its end is missing");
    this.#ready = this.#ready.length === 0 ? value : Buffer.concat([this.#ready, value]);
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    try {
      return await this.#source.next();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      // zlib's own errors: a file that is cut off, changed, or no gzip file at all.
      if (code === "Z_BUF_ERROR") throw damaged("its end is missing", error);
      if (code.startsWith("Z_")) throw damaged("its content was changed", error);
      throw error;
    }
  }
}
