/** Reads the API of the Svix server from which a platform moves. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../../client/api.ts";
import { checkedUrl } from "../../client/connection.ts";
import { unreachableReason } from "../../client/unreachable.ts";
import { ApiError } from "../../errors/api-error.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";

interface Page {
  readonly data: readonly Row[];
  readonly done: boolean;
  readonly iterator: string | null;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

export class SvixServer {
  readonly url: string;
  readonly #token: string;

  /** @throws PosthornError `PH_API_URL` */
  constructor(url: string, token: string) {
    this.url = checkedUrl(url);
    this.#token = token;
  }

  /**
   * Reads one object.
   * @throws ApiError for an error response; PosthornError `PH_IMPORT_UNREACHABLE`,
   *   `PH_IMPORT_OTHER`
   */
  async get(path: string): Promise<Row> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(path);
      const { status } = answer;
      // 501 is the answer of a server that does not have the operation.
      const isBusy = status === 429 || (status >= 500 && status !== 501);
      if (!isBusy || tries >= limits.importTriesMax) return this.#objectOf(answer);
      await sleep(pauseMsOf(answer.retryAfter));
    }
  }

  /**
   * Reads one object that only some servers have.
   * @returns null if this one does not have it.
   * @throws the same errors as `get`.
   */
  async find(path: string): Promise<Row | null> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ApiError && [404, 405, 501].includes(error.status)) return null;
      throw error;
    }
  }

  /**
   * Reads the items of a list, page by page.
   * @throws the same errors as `get`.
   */
  async *list(path: string): AsyncGenerator<Row> {
    for (let iterator: string | null = null; ;) {
      const after: string = iterator === null ? "" : `&iterator=${encodeURIComponent(iterator)}`;
      const separator = path.includes("?") ? "&" : "?";
      const page = await this.get(`${path}${separator}limit=${limits.svixPageMax}${after}`);
      if (!isPage(page)) throw this.#other("it contains no list");
      yield* page.data;
      // A server that repeats its iterator would never end.
      if (page.done || page.iterator === null || page.iterator === iterator) return;
      iterator = page.iterator;
    }
  }

  async #ask(path: string): Promise<Answer> {
    try {
      const response = await fetch(`${this.url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${this.#token}`, accept: "application/json" },
        // A redirect would send the token to another place.
        redirect: "error",
        signal: AbortSignal.timeout(limits.commandRequestMs),
      });
      const text = await response.text();
      return { status: response.status, retryAfter: response.headers.get("retry-after"), text };
    } catch (error) {
      const facts = { url: this.url, reason: unreachableReason(error) };
      throw new PosthornError("PH_IMPORT_UNREACHABLE", facts, { cause: error });
    }
  }

  #objectOf({ status, text }: Answer): Row {
    const json = parsed(text);
    if (status < 200 || status > 299) {
      const { code, detail } = json ?? {};
      throw new ApiError({
        status,
        code: typeof code === "string" ? code : `HTTP_${status}`,
        message: `${this.url} responded with status ${status}.`,
        hint: typeof detail === "string" ? detail : null,
      });
    }
    if (json === null) throw this.#other("it is no JSON object");
    return json;
  }

  #other(reason: string): PosthornError {
    return new PosthornError("PH_IMPORT_OTHER", { url: this.url, reason });
  }
}

/** How long to wait before a request is sent again. A date in `retryAfter` is ignored. */
export function pauseMsOf(retryAfter: string | null): number {
  const afterMs = Number(retryAfter ?? "") * 1_000 || 0;
  return Math.min(Math.max(afterMs, limits.importPauseMs), limits.importPauseMsMax);
}

function parsed(text: string): Row | null {
  try {
    const json: unknown = JSON.parse(text);
    const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
    return isObject ? (json as Row) : null;
  } catch {
    return null;
  }
}

function isPage(row: object): row is Page {
  const { data, done, iterator = null } = row as Partial<Page>;
  const isText = iterator === null || typeof iterator === "string";
  return Array.isArray(data) && typeof done === "boolean" && isText;
}
