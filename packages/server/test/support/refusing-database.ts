/**
 * A proxy to the database that makes chosen statements fail. It replaces such a statement with one
 * that raises the SQLSTATE. So PostgreSQL itself reports the error, and the transaction's state is
 * real.
 */
import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";

/** Part of the error's text. Clients must never see it. */
export const internalWords = "internal words";

export interface Refusal {
  readonly sqlState: string;
  /** Returns true for each statement that must fail. */
  isRefused(statement: string): boolean;
  /**
   * If true, removes the error's context, so that the error seems to come from PostgreSQL itself
   * and not from a function.
   */
  readonly isPlain: boolean;
}

export interface RefusingDatabase {
  /** The URL of the same database through this proxy. */
  readonly url: string;
  /** Null: no statement fails. */
  refusal: Refusal | null;
  /** Returns the number of statements that failed since the last call. */
  takeRefused(): number;
  /** Returns the texts of the statements that were sent since the last call. */
  takeStatements(): ReadonlySet<string>;
  close(): Promise<void>;
}

export async function startRefusingDatabase(targetUrl: string): Promise<RefusingDatabase> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let refused = 0;
  let statements = new Set<string>();
  const shared: Shared = {
    refusal: null,
    note: (text) => statements.add(text),
    noteRefused: () => (refused += 1),
  };
  const server = createServer((client) => {
    const upstream = createConnection(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.once("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const toServer = new ToServer(shared);
    const toClient = new ToClient(shared);
    client.on("data", (chunk: Buffer) => upstream.write(toServer.take(chunk)));
    upstream.on("data", (chunk: Buffer) => client.write(toClient.take(chunk)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(targetUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    get refusal() {
      return shared.refusal;
    },
    set refusal(refusal) {
      shared.refusal = refusal;
    },
    takeRefused() {
      const taken = refused;
      refused = 0;
      return taken;
    },
    takeStatements() {
      const taken = statements;
      statements = new Set();
      return taken;
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

interface Shared {
  refusal: Refusal | null;
  note(statement: string): void;
  noteRefused(): void;
}

interface Message {
  readonly type: string;
  /** The whole message: type, length and payload. */
  readonly bytes: Buffer;
}

/** Splits a stream into messages (PostgreSQL's documentation, "Message Formats"). */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  /**
   * @param isStartup returns true if the next message has no type, which is the case for a client's
   * first message.
   */
  take(chunk: Buffer, isStartup: () => boolean): Message[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const taken: Message[] = [];
    for (;;) {
      const head = isStartup() && taken.length === 0 ? 0 : 1;
      if (this.#rest.length < head + 4) return taken;
      const length = head + this.#rest.readInt32BE(head);
      if (this.#rest.length < length) return taken;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      taken.push({ type: head === 0 ? "" : String.fromCodePoint(bytes[0] ?? 0), bytes });
    }
  }
}

class ToServer {
  readonly #shared: Shared;
  readonly #messages = new Messages();
  /** The texts of prepared statements, by name. */
  readonly #texts = new Map<string, string>();
  #isStartup = true;
  #isSkipping = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  take(chunk: Buffer): Buffer {
    const messages = this.#messages.take(chunk, () => this.#isStartup);
    if (messages.length > 0) this.#isStartup = false;
    return Buffer.concat(messages.map((message) => this.#passed(message)));
  }

  #passed({ type, bytes }: Message): Buffer {
    if (this.#isSkipping) {
      if (type !== "S") return Buffer.alloc(0);
      this.#isSkipping = false;
      return this.#raising();
    }
    if (type === "Q") {
      return this.#isRefused(textsIn(bytes, 5, 1)[0] ?? "") ? this.#raising() : bytes;
    }
    if (type === "P") {
      const [name = "", text = ""] = textsIn(bytes, 5, 2);
      this.#texts.set(name, text);
      this.#isSkipping = this.#isRefused(text);
    }
    if (type === "B") {
      const [, name = ""] = textsIn(bytes, 5, 2);
      this.#isSkipping = this.#isRefused(this.#texts.get(name) ?? "");
    }
    return this.#isSkipping ? Buffer.alloc(0) : bytes;
  }

  #isRefused(statement: string): boolean {
    this.#shared.note(statement);
    if (this.#shared.refusal?.isRefused(statement) !== true) return false;
    this.#shared.noteRefused();
    return true;
  }

  #raising(): Buffer {
    const words = `'${internalWords}'`;
    const text = `do $raise$ begin raise exception using
      errcode = '${this.#shared.refusal?.sqlState ?? "XX000"}',
      message = ${words}, detail = ${words}, hint = ${words}; end $raise$`;
    const payload = Buffer.from(`${text}\0`);
    const head = Buffer.alloc(5);
    head.write("Q");
    head.writeInt32BE(payload.length + 4, 1);
    return Buffer.concat([head, payload]);
  }
}

class ToClient {
  readonly #shared: Shared;
  readonly #messages = new Messages();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  take(chunk: Buffer): Buffer {
    const messages = this.#messages.take(chunk, () => false);
    return Buffer.concat(
      messages.map(({ type, bytes }) =>
        type === "E" && this.#shared.refusal?.isPlain === true ? withoutContext(bytes) : bytes,
      ),
    );
  }
}

function textsIn(bytes: Buffer, start: number, count: number): string[] {
  const texts: string[] = [];
  for (let at = start; texts.length < count;) {
    const end = bytes.indexOf(0, at);
    texts.push(bytes.toString("utf8", at, end));
    at = end + 1;
  }
  return texts;
}

/** Removes the field `W` (the context) from an ErrorResponse. */
function withoutContext(bytes: Buffer): Buffer {
  const fields: Buffer[] = [];
  for (let at = 5; bytes[at] !== 0;) {
    const end = bytes.indexOf(0, at) + 1;
    if (bytes[at] !== 0x57) fields.push(bytes.subarray(at, end));
    at = end;
  }
  const head = Buffer.from(bytes.subarray(0, 5));
  const payload = Buffer.concat([...fields, Buffer.from([0])]);
  head.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([head, payload]);
}
