/** The HTTP client that commands use to call Posthorn's public API with a key. */
import { ApiError } from "../errors/api-error.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Connection } from "./connection.ts";
import { unreachableReason } from "./unreachable.ts";

/** A row of the API. Columns are read with the functions below. */
export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it was received, so that no number loses digits. */
  readonly text: string;
}

export type Query = Readonly<Record<string, string>>;

export interface ApiRequest {
  readonly query?: Query;
  /** JSON as text, so that data is sent with the exact bytes that the user wrote. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The rows of a response, and the text that `--json` prints. */
export interface Rows {
  readonly text: string;
  readonly rows: readonly Row[];
  readonly headers: Headers;
}

/** Requests the stored rows in the response to a change. */
const representation = { prefer: "return=representation" };

export class Api {
  readonly url: string;
  readonly #key: string | null;

  constructor({ url, key }: Connection) {
    this.url = url;
    this.#key = key;
  }

  /**
   * Reads rows.
   * @throws ApiError, PosthornError `PH_API_KEY_NOT_SET`, `PH_API_UNREACHABLE`, `PH_API_OTHER`
   */
  async list(table: string, query: Query = {}): Promise<Rows> {
    return this.#rows(await this.request("GET", `/rest/v1/${table}`, { query }));
  }

  /**
   * Inserts the row or rows in `body`, which is JSON.
   * @throws the same errors as `list`.
   */
  async insert(table: string, body: string): Promise<Rows> {
    const request = { body, headers: representation };
    return this.#rows(await this.request("POST", `/rest/v1/${table}`, request));
  }

  /**
   * Inserts rows, or changes those that exist: all of them or none. Members that a row lacks keep
   * their values.
   * @param columns all members that the rows have.
   * @throws the same errors as `list`.
   */
  async upsert(table: string, body: string, columns: readonly string[]): Promise<void> {
    await this.request("POST", `/rest/v1/${table}`, {
      query: { columns: columns.join(",") },
      body,
      headers: { prefer: "return=minimal,resolution=merge-duplicates" },
    });
  }

  /** @throws the same errors as `list`. */
  async update(table: string, query: Query, values: Row): Promise<Rows> {
    const request = { query, body: JSON.stringify(values), headers: representation };
    return this.#rows(await this.request("PATCH", `/rest/v1/${table}`, request));
  }

  /** @throws the same errors as `list`. */
  async remove(table: string, query: Query): Promise<Rows> {
    const request = { query, headers: representation };
    return this.#rows(await this.request("DELETE", `/rest/v1/${table}`, request));
  }

  /**
   * Calls a function. Members that are undefined are omitted.
   * @throws the same errors as `list`.
   */
  async call(name: string, given: Row): Promise<Rows> {
    const request = { body: JSON.stringify(given) };
    return this.#rows(await this.request("POST", `/rest/v1/rpc/${name}`, request));
  }

  /**
   * Sends one request with the key, and returns the response if it is a success.
   *
   * @throws ApiError for an error response; PosthornError `PH_API_KEY_NOT_SET`,
   *   `PH_API_UNREACHABLE`, `PH_ORG_MISSING`
   */
  async request(method: string, path: string, request: ApiRequest = {}): Promise<Answer> {
    const key = this.#requireKey();
    // Svix's API reads only the second of these headers.
    const headers = { apikey: key, authorization: `Bearer ${key}` };
    const answer = await this.#send(method, path, request, headers);
    if (answer.status >= 400) throw apiErrorOf(answer);
    return answer;
  }

  /**
   * Sends a request without the key, and returns any response.
   * @throws `PH_API_UNREACHABLE`
   */
  async open(path: string): Promise<Answer> {
    return this.#send("GET", path, {}, {});
  }

  /**
   * Opens a response that never ends by itself. Read its parts from `body`.
   * @throws the same errors as `request`.
   */
  async stream(path: string, query: Query, signal: AbortSignal): Promise<Response> {
    const headers = { apikey: this.#requireKey(), accept: "text/event-stream" };
    const response = await this.#fetch(this.#address(path, query), { headers, signal });
    if (!response.ok) {
      throw apiErrorOf({ status: response.status, text: await response.text() });
    }
    return response;
  }

  async #send(
    method: string,
    path: string,
    { query, body, headers = {} }: ApiRequest,
    key: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const json = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.#fetch(this.#address(path, query), {
      method,
      headers: { ...json, ...headers, ...key },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(limits.commandRequestMs),
    });
    const text = await this.#unlessUnreachable(response.text());
    return { status: response.status, headers: response.headers, text };
  }

  #requireKey(): string {
    if (this.#key === null) throw new PosthornError("PH_API_KEY_NOT_SET", { url: this.url });
    return this.#key;
  }

  #address(path: string, query: Query = {}): string {
    const text = new URLSearchParams(query).toString();
    return this.url + path + (text === "" ? "" : `?${text}`);
  }

  // Sends a request without following redirects, because a redirect would send the key to another
  // place.
  #fetch(address: string, init: RequestInit): Promise<Response> {
    return this.#unlessUnreachable(fetch(address, { ...init, redirect: "error" }));
  }

  async #unlessUnreachable<Value>(response: Promise<Value>): Promise<Value> {
    try {
      return await response;
    } catch (error) {
      const reason = unreachableReason(error);
      throw new PosthornError("PH_API_UNREACHABLE", { url: this.url, reason }, { cause: error });
    }
  }

  #rows({ text, headers }: Answer): Rows {
    if (text === "") return { text: "[]", rows: [], headers };
    try {
      const json: unknown = JSON.parse(text);
      return { text, rows: (Array.isArray(json) ? json : [json]) as readonly Row[], headers };
    } catch {
      throw new PosthornError("PH_API_OTHER", { url: this.url, reason: "it is not JSON" });
    }
  }
}

function apiErrorOf({ status, text }: Pick<Answer, "status" | "text">): Error {
  let error: Row;
  try {
    error = Object(JSON.parse(text)) as Row;
  } catch {
    error = {};
  }
  const { code, message, hint } = error;
  // The row's org is that of the key, and the admin key has none.
  if (code === "23502" && String(message).includes('"org_id"')) {
    return new PosthornError("PH_ORG_MISSING");
  }
  return new ApiError({
    status,
    code: typeof code === "string" ? code : `HTTP_${status}`,
    message: typeof message === "string" ? message : `The server responded with status ${status}.`,
    hint: typeof hint === "string" ? hint : null,
  });
}

/** The error for an object that the API did not find, with the API's own text. */
export function notFound(thing: string, id: string): ApiError {
  return new ApiError(new PosthornError("PH_NOT_FOUND", { thing, id }));
}
