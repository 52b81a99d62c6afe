/** Reads one recorded request of another sender: raw HTTP, or an entry of a HAR file. */
import { PosthornError } from "../../errors/catalogue.ts";
import { parseRawRequest } from "../verify/raw-request.ts";

export interface RecordedRequest {
  readonly method: string;
  /** Null if the recording does not say to which host it went. */
  readonly url: string | null;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface RecordedOptions {
  /** Replaces the recorded URL. */
  readonly url: string | null;
  /** The number of the request in a HAR file, counted from 1. Null: its only one with a body. */
  readonly entry: number | null;
}

/** @throws PosthornError `PH_ARGUMENT_INVALID` */
export function readRecorded(bytes: Buffer, options: RecordedOptions): RecordedRequest {
  const har = harEntries(bytes);
  const request = har === null ? rawRequest(bytes) : harRequest(har, options.entry);
  const url = options.url ?? request.url;
  if (url !== null && !URL.canParse(url)) throw refused(`${url} is not a URL`);
  return { ...request, url };
}

function refused(reason: string): PosthornError {
  const facts = { argument: "the recorded request", command: "contract check", reason };
  return new PosthornError("PH_ARGUMENT_INVALID", facts);
}

function rawRequest(bytes: Buffer): RecordedRequest {
  const firstLine = bytes.toString("latin1").split(/\r?\n/, 1)[0] ?? "";
  const [, method = "POST", target = null] =
    /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(firstLine) ?? [];
  const { headers, body } = parseRawRequest(bytes);
  const host = headers.get("host");
  const isPath = target?.startsWith("/") === true;
  const url = isPath ? (host === undefined ? null : `https://${host}${target}`) : target;
  return { method, url, headers, body: sentBody(headers, body) };
}

/** Without what an editor or a capture adds: the sizes of chunks, and a line break at the end. */
function sentBody(headers: ReadonlyMap<string, string>, body: Buffer): Buffer {
  const isChunked = /chunked/i.test(headers.get("transfer-encoding") ?? "");
  const chunks = isChunked ? unchunked(body) : null;
  if (chunks !== null) return chunks;
  const length = Number(headers.get("content-length") ?? Number.NaN);
  const rest = body.subarray(length).toString("latin1");
  return /^\r?\n$/.test(rest) ? body.subarray(0, length) : body;
}

/** Null if the body does not consist of chunks, because the tool has joined them. */
function unchunked(body: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const next = body.subarray(at, at + 64).toString("latin1");
    const line = /^([0-9a-f]{1,8})[^\r\n]*\r?\n/i.exec(next);
    if (line === null) return null;
    const [whole, digits = ""] = line;
    const size = Number.parseInt(digits, 16);
    const start = at + whole.length;
    if (size === 0) return Buffer.concat(parts);
    if (start + size > body.length) return null;
    parts.push(body.subarray(start, start + size));
    const after = /^\r?\n/.exec(body.subarray(start + size, start + size + 2).toString("latin1"));
    at = start + size + (after?.[0].length ?? 0);
  }
}

/** A request as HAR 1.2 has it. Everything may be missing, because tools write different files. */
interface HarRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly { readonly name?: string; readonly value?: string }[];
  readonly postData?: {
    readonly text?: string;
    readonly encoding?: string;
    readonly params?: readonly { readonly name?: string; readonly value?: string }[];
  };
}

function harEntries(bytes: Buffer): readonly HarRequest[] | null {
  try {
    const { log } = JSON.parse(bytes.toString("utf8")) as {
      readonly log?: { readonly entries?: readonly { readonly request?: HarRequest }[] };
    };
    return log?.entries?.flatMap(({ request }) => request ?? []) ?? null;
  } catch {
    return null;
  }
}

function harRequest(entries: readonly HarRequest[], entry: number | null): RecordedRequest {
  const withBody = entries.filter(({ postData }) => postData !== undefined);
  const chosen = entry === null ? withBody : entries.slice(entry - 1, entry);
  const [request] = chosen;
  if (request === undefined || chosen.length > 1) {
    const bodies = `${withBody.length} of its ${entries.length} requests have a body`;
    throw refused(`${bodies}; choose one with --entry, from 1 to ${entries.length}`);
  }
  const lines = (request.headers ?? []).flatMap(({ name = "", value = "" }) =>
    // HTTP/2 has headers such as :method, which are no headers of the request.
    name === "" || name.startsWith(":") ? [] : [`${name}: ${value}`],
  );
  const head = Buffer.from(`${lines.join("\n")}\n\n`, "latin1");
  const { text, encoding, params = [] } = request.postData ?? {};
  const fields = params.map(({ name = "", value = "" }): [string, string] => [name, value]);
  const form = new URLSearchParams(fields);
  const body = Buffer.from(text ?? form.toString(), encoding === "base64" ? "base64" : "utf8");
  return {
    method: request.method ?? "POST",
    url: request.url ?? null,
    headers: parseRawRequest(head).headers,
    body,
  };
}
