/** Uses the service, correctly and incorrectly, with canaries in all of its input. */
import { createAuthority } from "../../src/transport/testing/certificates.ts";
import {
  freePort,
  receive,
  receiveAndAnswer,
  receiveRequests,
  type Receiver,
} from "../../src/transport/testing/receivers.ts";
import { canaryText, type Canary } from "./secret-leak-search.ts";

/** A response: everything in it that the caller can see. */
export interface Answer {
  /** The method and the path, without the query. */
  readonly what: string;
  readonly who: string;
  readonly status: number;
  readonly text: string;
}

export interface Asked {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  /** The parsed body, or its first element if it is an array. Empty if the body is not JSON. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** A client that records every response. */
export class Witness {
  readonly answers: Answer[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ask(
    who: { readonly name: string; readonly headers: Readonly<Record<string, string>> },
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Asked> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...who.headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : jsonOf(body) }),
    });
    const text = await response.text();
    this.answers.push({
      what: `${method} ${path.split("?")[0]}`,
      who: who.name,
      status: response.status,
      text: `${headOf(response)}\n\n${text}`,
    });
    return { status: response.status, body: text, headers: response.headers, row: rowOf(text) };
  }

  /** Reads server-sent events until `stop` is called. */
  async listen(name: string, path: string, headers: Readonly<Record<string, string>>) {
    const ended = new AbortController();
    const response = await fetch(this.#url + path, { headers, signal: ended.signal });
    let text = "";
    const reading = (async () => {
      try {
        for await (const chunk of response.body!) text += Buffer.from(chunk).toString();
      } catch {
        // `stop` aborts the request, which makes it fail.
      }
    })();
    return {
      text: () => text,
      stop: async () => {
        ended.abort();
        await reading;
        const head = headOf(response);
        const { status } = response;
        this.answers.push({ what: `GET ${path}`, who: name, status, text: `${head}\n\n${text}` });
      },
    };
  }
}

function headOf({ headers }: Response): string {
  return [...headers].map(([name, value]) => `${name}: ${value}`).join("\n");
}

function jsonOf(body: unknown): string {
  return JSON.stringify(body);
}

function rowOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return Object(Array.isArray(parsed) ? parsed[0] : parsed) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** All canaries in the input. The tour adds the secrets that the service creates. */
export const given = {
  signingSecret: `whsec_${canaryText(32)}`,
  rotatedSecret: `whsec_${canaryText(32)}`,
  badSecret: `whsek_${canaryText(32)}`,
  adminKey: canaryText(40),
  encryptionKey: `${canaryText(42)}A=`,
  databasePassword: canaryText(),
  jwtSecret: canaryText(48),
  headerValue: canaryText(),
  badHeaderValue: canaryText(),
  urlToken: canaryText(),
  refusedUrlToken: canaryText(),
  urlPassword: canaryText(),
  eventData: canaryText(),
  refusedEventData: canaryText(),
  faultEventData: canaryText(),
  faultSecret: `whsec_${canaryText(32)}`,
  faultHeaderValue: canaryText(),
  wrongKey: canaryText(40),
} as const;

export const givenCanaries: readonly Canary[] = Object.entries(given).map(([name, value]) => ({
  name: name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  value,
}));

export interface Receivers {
  /** The URL of each kind of receiver, with a token in its query. */
  readonly urls: Readonly<Record<"ok" | "echo" | "refused" | "reset" | "tls" | "silent", string>>;
  readonly all: readonly Receiver[];
  close(): Promise<void>;
}

/**
 * Starts one receiver for each possible outcome of a delivery. `echo` answers 500 with the whole
 * request.
 */
export async function startReceivers(): Promise<Receivers> {
  const certificate = createAuthority("canary").issue(["receiver.test"]);
  const okText = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
  const ok = await receiveAndAnswer(okText);
  const echo = await receiveRequests((socket, _number, { head, body }) => {
    const echoed = `${head}\n\n${body}`;
    const length = Buffer.byteLength(echoed, "latin1");
    const query = /\?(\S*)/.exec(head)?.[1] ?? "";
    const status = `HTTP/1.1 500 Oh\r\nx-echo: ${query}\r\ncontent-length: ${length}\r\n\r\n`;
    socket.write(Buffer.from(status + echoed, "latin1"));
  });
  const reset = await receive((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const tls = await receiveAndAnswer(okText, certificate);
  const silent = await receive((socket) => socket.resume());
  const refused = `http://127.0.0.1:${await freePort()}/`;
  const all = [ok, echo, reset, tls, silent];
  const withToken = (url: string): string => `${new URL("hook", url).href}?token=${given.urlToken}`;
  return {
    urls: {
      ok: withToken(ok.url),
      echo: withToken(echo.url),
      refused: withToken(refused),
      reset: withToken(reset.url),
      tls: withToken(tls.url),
      silent: withToken(silent.url),
    },
    all,
    close: async () => {
      for (const each of all) await each.close();
    },
  };
}
