/** Reads the API of the Svix server from which a platform moves. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../../client/api.ts";
import { checkedUrl } from "../../client/connection.ts";
import { ApiError } from "../../errors/api-error.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { errorCode, reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";

interface Page {
  readonly data: readonly Row[];
  readonly done: boolean;
  readonly iterator: string | null;
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
      const response = await this.#fetch(path);
      const isBusy = response.status === 429 || response.status >= 500;
      if (!isBusy || tries >= limits.importTriesMax) return this.#objectOf(response);
      await response.body?.cancel();
      await sleep(pauseMsOf(response.headers.get("retry-after")));
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

  async #fetch(path: string): Promise<Response> {
    try {
      return await fetch(`${this.url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${this.#token}`, accept: "application/json" },
        // A redirect would send the token to another place.
        redirect: "error",
        signal: AbortSignal.timeout(limits.commandRequestMs),
      });
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      const reason = errorCode(cause) ?? reasonOf(cause);
      throw new PosthornError("PH_IMPORT_UNREACHABLE", { url: this.url, reason }, { cause: error });
    }
  }

  async #objectOf(response: Response): Promise<Row> {
    const text = await response.text();
    const json = parsed(text);
    if (!response.ok) {
      const { code, detail } = json ?? {};
      throw new ApiError({
        status: response.status,
        code: typeof code === "string" ? code : `HTTP_${response.status}`,
        message: `${this.url} responded with status ${response.status}.`,
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
