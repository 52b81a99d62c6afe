/**
 * A proxy between a node and its database that breaks the connection at a commit. It parses the
 * messages of PostgreSQL's protocol 3.0. A statement outside a transaction commits at the Sync
 * message after it.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/**
 * `before`: the Sync never reaches the database. `after`: the database commits, but its response
 * never reaches the node.
 */
export type Moment = "before" | "after";

export interface CommitCut {
  /** The database URL, with the proxy's address. */
  readonly url: string;
  /**
   * Breaks the next connection that runs this prepared statement. Resolves when that has happened.
   */
  cutAt(statement: string, moment: Moment): Promise<void>;
  /** Cancels all cuts that have not happened yet. */
  disarm(): void;
  close(): Promise<void>;
}

interface Wish {
  readonly statement: string;
  readonly moment: Moment;
  done(): void;
}

const typeOf = { bind: 0x42, sync: 0x53, readyForQuery: 0x5a } as const;

export async function startCommitCut(databaseUrl: string): Promise<CommitCut> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const armed: { wish: Wish | null } = { wish: null };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    return socket.on("error", () => socket.destroy());
  };
  const server = createServer({ noDelay: true }, (near) => {
    keep(near);
    const far = keep(connect({ host: target.hostname, port: Number(target.port), noDelay: true }));
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    relay(near, far, armed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutAt: (statement, moment) => new Promise((done) => (armed.wish = { statement, moment, done })),
    disarm: () => void (armed.wish = null),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function relay(near: Socket, far: Socket, armed: { wish: Wish | null }): void {
  let mine: Wish | null = null;
  const cut = (): void => {
    near.resetAndDestroy();
    far.destroy();
    mine?.done();
  };
  // The first message of a client has no type.
  const questions = new Frames(false);
  const answers = new Frames(true);
  near.on("data", (chunk: Buffer) => {
    for (const frame of questions.take(chunk)) {
      if (armed.wish !== null && mine === null && runsStatement(frame, armed.wish.statement)) {
        mine = armed.wish;
        armed.wish = null;
      }
      if (mine?.moment === "before" && frame[0] === typeOf.sync) return cut();
      far.write(frame);
    }
  });
  far.on("data", (chunk: Buffer) => {
    for (const frame of answers.take(chunk)) {
      if (mine === null) near.write(frame);
      else if (frame[0] === typeOf.readyForQuery) return cut();
    }
  });
}

/**
 * A Bind message contains the names of a portal and a statement, each with a zero byte at its end.
 */
function runsStatement(frame: Buffer, statement: string): boolean {
  if (frame[0] !== typeOf.bind) return false;
  const portalEnd = frame.indexOf(0, 5);
  return frame.toString("latin1", portalEnd + 1, frame.indexOf(0, portalEnd + 1)) === statement;
}

/** Splits a stream into messages: a type, then a length that includes itself, then the content. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);
  #isTyped: boolean;

  constructor(isTyped: boolean) {
    this.#isTyped = isTyped;
  }

  take(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const typeBytes = this.#isTyped ? 1 : 0;
      if (this.#rest.length < typeBytes + 4) return frames;
      const frameBytes = typeBytes + this.#rest.readUInt32BE(typeBytes);
      if (this.#rest.length < frameBytes) return frames;
      frames.push(this.#rest.subarray(0, frameBytes));
      this.#rest = this.#rest.subarray(frameBytes);
      this.#isTyped = true;
    }
  }
}
