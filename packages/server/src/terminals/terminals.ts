/**
 * The destination `cli`: developers' terminals that run `posthorn listen`. A terminal is connected
 * to one node by a stream, and gets its deliveries there, so only that node leases them. The
 * terminal's answers are ordinary requests, which may reach any node. A node that does not have the
 * session passes the answer on through the database.
 */
import { createHash, randomUUID } from "node:crypto";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import type {
  Clock,
  Destination,
  Exchange,
  OutgoingMessage,
  SignedRequest,
  Random,
  RawHeaders,
} from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";
import {
  answered,
  disconnected,
  failed,
  notConnected,
  stopped,
  unanswered,
  type TerminalAnswer,
} from "./answer.ts";
import { closeSession, openSession, relayAnswer, seeSessions, takeAnswers } from "./store.ts";

/** The stream to one terminal. */
export interface TerminalStream {
  /** @returns false if the terminal has not read the data yet. `onDrain` reports when it has. */
  send(data: string): boolean;
  onDrain(callback: () => void): void;
  end(): void;
}

export interface NewTerminal {
  readonly endpointId: string;
  readonly orgId: string;
  readonly remoteAddress: string | null;
  readonly stream: TerminalStream;
}

export interface ConnectedTerminal {
  /** The session's token, which each answer must contain. It is shown only once. */
  readonly token: string;
  /** Called when the stream is ready to send. Deliveries wait until then. */
  start(): void;
  /** Called when the stream has ended. */
  leave(): void;
}

export interface TerminalsOptions {
  readonly database: Queryable;
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly terminalsMax?: number;
  /** Called when a terminal has connected, because its deliveries can now be claimed. */
  onConnected(): void;
  onError(error: unknown): void;
}

export interface GivenAnswer {
  /** The session's token. */
  readonly token: string;
  readonly attemptToken: string;
  readonly answer: TerminalAnswer;
}

interface Session extends NewTerminal {
  readonly id: string;
  readonly tokenHash: string;
  /** Attempts that the terminal must answer, by their tokens. */
  readonly open: Map<string, Attempt>;
  /** Attempts that have not been sent, because the terminal reads slowly. */
  readonly waiting: Set<Attempt>;
  isFull: boolean;
}

interface Attempt {
  readonly token: string;
  readonly message: OutgoingMessage;
  readonly startedAtMs: number;
  /** Must be called exactly once. */
  readonly resolve: (exchange: Exchange) => void;
  cancelTimeout(): void;
}

export class Terminals implements Destination {
  readonly #options: TerminalsOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #byEndpoint = new Map<string, Session>();
  /** Sessions whose end is being written to the database. */
  readonly #closing = new Set<Promise<void>>();
  /** How many sessions are being opened in the database. They count towards the limit. */
  #connecting = 0;
  /** How often each org's terminals connected recently. */
  readonly #connects: ExpiringMap<{ count: number; readonly sinceMs: number }>;
  #isClosed = false;

  constructor(options: TerminalsOptions) {
    this.#options = options;
    const { clock } = options;
    const monotonicMs = (): number => clock.monotonicMs();
    const { terminalConnectsMs, countedKeysMax } = limits;
    this.#connects = new ExpiringMap(monotonicMs, terminalConnectsMs, countedKeysMax);
  }

  get count(): number {
    return this.#sessions.size + this.#connecting;
  }

  sessionIds(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /**
   * Connects a terminal to its endpoint, in place of an earlier one.
   *
   * @throws PosthornError `PH_TOO_MANY_TERMINAL_CONNECTIONS`, `PH_TOO_MANY_STREAMS`;
   *   `PH_NOT_FOUND` if the endpoint has been deleted.
   */
  async connect(terminal: NewTerminal): Promise<ConnectedTerminal> {
    this.#countConnect(terminal.orgId);
    if (this.#isClosed || this.count >= (this.#options.terminalsMax ?? limits.terminalsMax)) {
      throw new PosthornError("PH_TOO_MANY_STREAMS", {}, { retryAfterSeconds: 10 });
    }
    const token = Buffer.from(this.#options.random.bytes(32)).toString("base64url");
    const session: Session = {
      ...terminal,
      id: randomUUID(),
      tokenHash: hashOf(token).toString("hex"),
      open: new Map(),
      waiting: new Set(),
      isFull: true,
    };
    const { endpointId } = terminal;
    this.#connecting += 1;
    try {
      const { database } = this.#options;
      const opened = { endpointId, sessionId: session.id, tokenHash: hashOf(token) };
      if (!(await openSession(database, opened))) {
        throw new PosthornError("PH_NOT_FOUND", { thing: "endpoint", id: endpointId });
      }
    } finally {
      this.#connecting -= 1;
    }
    this.#replaced(endpointId, session.id);
    this.#sessions.set(session.id, session);
    this.#byEndpoint.set(endpointId, session);
    if (this.#isClosed) this.#leave(session, stopped);
    else this.#options.onConnected();
    return {
      token,
      start: () => this.#resume(session),
      leave: () => this.#leave(session, disconnected),
    };
  }

  /** @throws PosthornError `PH_TOO_MANY_TERMINAL_CONNECTIONS` */
  #countConnect(orgId: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    const connects = this.#connects.get(orgId);
    if (connects === undefined) this.#connects.set(orgId, { count: 1, sinceMs: nowMs });
    else if (connects.count < limits.terminalConnectsMax) connects.count += 1;
    else {
      const leftMs = connects.sinceMs + limits.terminalConnectsMs - nowMs;
      throw new PosthornError(
        "PH_TOO_MANY_TERMINAL_CONNECTIONS",
        { most: limits.terminalConnectsMax, seconds: limits.terminalConnectsMs / 1_000 },
        { retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)) },
      );
    }
  }

  send(message: OutgoingMessage): Promise<Exchange> {
    const session = this.#byEndpoint.get(message.endpointId);
    if (session === undefined) {
      return Promise.resolve(failed(notConnected, { durationMs: 0, remoteAddress: null }));
    }
    return new Promise((resolve) => {
      const { clock } = this.#options;
      const token = randomUUID();
      const attempt: Attempt = {
        token,
        message,
        startedAtMs: clock.monotonicMs(),
        resolve,
        cancelTimeout: clock.after(message.timeoutMs, () =>
          this.#fail(session, attempt, unanswered(message.timeoutMs)),
        ),
      };
      session.open.set(token, attempt);
      session.waiting.add(attempt);
      this.#pump(session);
    });
  }

  /**
   * Reports the outcome of an attempt that was sent to a terminal.
   * @param orgId the caller's org; null for the operator.
   * @param inTransaction used to pass the answer on to another node.
   * @returns false if the attempt is already over, or the answer cannot be passed on.
   * @throws PosthornError `PH_NOT_FOUND` if there is no session with this token in the org.
   */
  async answer(
    orgId: string | null,
    given: GivenAnswer,
    inTransaction: <Result>(work: (transaction: Queryable) => Promise<Result>) => Promise<Result>,
  ): Promise<boolean> {
    const tokenHash = hashOf(given.token);
    const hash = tokenHash.toString("hex");
    const session = [...this.#sessions.values()].find((each) => each.tokenHash === hash);
    if (session !== undefined && (orgId === null || session.orgId === orgId)) {
      return this.#answered(session, given.attemptToken, given.answer);
    }
    const waitingMax = limits.terminalAnswersWaitingMax;
    const isRelayed = await inTransaction((transaction) =>
      relayAnswer(transaction, { ...given, tokenHash, orgId, waitingMax }),
    );
    if (isRelayed === null) {
      throw new PosthornError("PH_NOT_FOUND", { thing: "terminal session with", id: "this token" });
    }
    return isRelayed;
  }

  /** Called with a notification from a node, possibly this one. */
  notified(payload: string): void {
    const [what = "", subject = "", sessionId = ""] = payload.split(" ");
    if (what === "opened") this.#replaced(subject, sessionId);
    if (what === "answered" && this.#sessions.has(subject))
      void this.#caught(this.#take([subject]));
  }

  /** Ends the sessions of endpoints that were deleted. */
  endpointsChanged(ids: readonly string[]): void {
    if (ids.some((id) => this.#byEndpoint.has(id))) void this.#caught(this.refresh());
  }

  /**
   * Reads the answers that other nodes received. Must be called every
   * `limits.terminalAnswersPollMs`.
   */
  async collect(): Promise<void> {
    const asked = [...this.#sessions.values()].filter(({ open }) => open.size > 0);
    if (asked.length > 0) await this.#take(asked.map(({ id }) => id));
  }

  async #take(sessionIds: readonly string[]): Promise<void> {
    for (const taken of await takeAnswers(this.#options.database, sessionIds)) {
      const session = this.#sessions.get(taken.session_id);
      if (session !== undefined) this.#answered(session, taken.attempt_token, taken.answer);
    }
  }

  /**
   * Records which terminals are connected. Ends sessions that another node has replaced or whose
   * endpoint was deleted. Must be called every `limits.terminalSeenMs`.
   */
  async refresh(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    if (sessions.length === 0) return;
    const ids = sessions.map(({ id }) => id);
    const valid = await seeSessions(this.#options.database, ids);
    for (const session of sessions) if (!valid.has(session.id)) this.#leave(session, disconnected);
  }

  /** Ends all sessions. Another node can make the attempts in progress again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const session of this.#sessions.values()) this.#leave(session, stopped);
    await Promise.all(this.#closing);
  }

  #pump(session: Session): void {
    for (const attempt of session.waiting) {
      if (session.isFull) return;
      session.waiting.delete(attempt);
      const signed = attempt.message.sign();
      if ("class" in signed) {
        this.#fail(session, attempt, signed);
        continue;
      }
      session.isFull = !session.stream.send(this.#dataOf(attempt, signed));
      if (session.isFull) session.stream.onDrain(() => this.#resume(session));
    }
  }

  #resume(session: Session): void {
    session.isFull = false;
    this.#pump(session);
  }

  #dataOf({ token, message }: Attempt, { headers, body }: SignedRequest): string {
    return JSON.stringify({
      attempt_token: token,
      delivery_id: message.deliveryId,
      event_id: message.eventId,
      event_type: message.eventType,
      attempt: message.attempt,
      timeout_ms: message.timeoutMs,
      headers: pairsOf(terminalHeaders(headers, this.#options.userAgent)),
      body,
    });
  }

  #answered(session: Session, attemptToken: string, answer: TerminalAnswer): boolean {
    const attempt = session.open.get(attemptToken);
    if (attempt === undefined) return false;
    this.#finish(session, attempt, answered(answer, this.#factsOf(session, attempt)));
    return true;
  }

  #fail(session: Session, attempt: Attempt, error: NonNullable<Exchange["error"]>): void {
    this.#finish(session, attempt, failed(error, this.#factsOf(session, attempt)));
  }

  #finish(session: Session, attempt: Attempt, exchange: Exchange): void {
    if (!session.open.delete(attempt.token)) return;
    session.waiting.delete(attempt);
    attempt.cancelTimeout();
    attempt.resolve(exchange);
  }

  #factsOf({ remoteAddress }: Session, { startedAtMs }: Attempt) {
    return { durationMs: this.#options.clock.monotonicMs() - startedAtMs, remoteAddress };
  }

  /** Called when a terminal has connected to the endpoint. Ends another session on this node. */
  #replaced(endpointId: string, sessionId: string): void {
    const session = this.#byEndpoint.get(endpointId);
    if (session !== undefined && session.id !== sessionId) this.#leave(session, disconnected);
  }

  #leave(session: Session, reason: NonNullable<Exchange["error"]>): void {
    if (!this.#sessions.delete(session.id)) return;
    if (this.#byEndpoint.get(session.endpointId) === session) {
      this.#byEndpoint.delete(session.endpointId);
    }
    for (const attempt of session.open.values()) {
      this.#fail(session, attempt, session.waiting.has(attempt) ? notConnected : reason);
    }
    session.stream.end();
    const closing = this.#caught(closeSession(this.#options.database, session.id));
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  async #caught(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** The headers that a terminal forwards. Its HTTP client adds Host and Content-Length. */
export function terminalHeaders(headers: RawHeaders, userAgent: string): RawHeaders {
  const hasOwn = headers.some(
    (name, index) => index % 2 === 0 && name.toLowerCase() === "user-agent",
  );
  return hasOwn ? headers : [...headers, "user-agent", userAgent];
}

function pairsOf(headers: RawHeaders): readonly (readonly [string, string])[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ""] as const] : [],
  );
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
