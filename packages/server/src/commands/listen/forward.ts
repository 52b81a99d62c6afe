/** Forwards a delivery to the developer's own server. */
import http from "node:http";
import https from "node:https";
import { errorCode, reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";

/** A delivery as the API's stream for terminals sends it. */
export interface TerminalDelivery {
  readonly attempt_token: string;
  readonly delivery_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly attempt: number;
  readonly timeout_ms: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The arguments of rpc/answer_terminal that say what happened. */
export type ForwardOutcome =
  | {
      readonly response_status: number;
      readonly response_headers: Readonly<Record<string, string>>;
      readonly response_body: string;
    }
  | { readonly error: string; readonly error_message: string };

class NoResponseInTime extends Error {}
class Stopped extends Error {}

/**
 * Never throws: a server that does not respond is an outcome. Redirects are not followed.
 *
 * @param stopping ends the request immediately when it is aborted.
 */
export async function forward(
  url: string,
  delivery: TerminalDelivery,
  stopping: AbortSignal,
): Promise<ForwardOutcome> {
  const { origin } = new URL(url);
  // `fetch` is not used: it forgets its signal when garbage is collected, and then its request
  // would keep the process running.
  const request = newRequest(url);
  const timeout = setTimeout(() => request.destroy(new NoResponseInTime()), delivery.timeout_ms);
  const stop = (): void => void request.destroy(new Stopped());
  stopping.addEventListener("abort", stop);
  try {
    const response = await responseTo(request, delivery);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 599) {
      response.destroy();
      const error_message = `${origin} responded with the invalid status ${status}.`;
      return { error: "protocol", error_message };
    }
    return {
      response_status: status,
      response_headers: keptHeaders(response),
      response_body: await bodyStart(response),
    };
  } catch (error) {
    return failureOf(origin, error);
  } finally {
    clearTimeout(timeout);
    stopping.removeEventListener("abort", stop);
    request.destroy();
  }
}

/** Each request has its own connection, so no server can close one that is about to be reused. */
function newRequest(url: string): http.ClientRequest {
  const { request } = url.startsWith("https:") ? https : http;
  return request(url, { method: "POST", agent: false });
}

function responseTo(
  request: http.ClientRequest,
  { headers, body }: TerminalDelivery,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
    request.once("close", () => reject(new Error("The connection ended without a response.")));
    for (const [name, value] of headers) request.setHeader(name, value);
    request.end(body);
  });
}

/** As many headers as the API accepts. */
function keptHeaders({ headers }: http.IncomingMessage): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const more = { ...kept, [name]: Array.isArray(value) ? value.join(", ") : (value ?? "") };
    if (JSON.stringify(more).length <= limits.responseHeadersBytesMax) Object.assign(kept, more);
  }
  return kept;
}

/** One byte more than the API keeps, so that it knows that there was more. */
async function bodyStart(response: http.IncomingMessage): Promise<string> {
  const bytesMax = limits.responseBodyKeptBytes + 1;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      if (bytes >= bytesMax) break;
    }
  } catch {
    // The status decides the outcome, even if the body breaks off.
  }
  // The API's texts cannot contain U+0000.
  const text = Buffer.concat(chunks).subarray(0, bytesMax).toString("utf8");
  return text.replaceAll("\0", "\uFFFD");
}

const classes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect",
  EHOSTUNREACH: "connect",
  ENETUNREACH: "connect",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNRESET: "closed",
  EPIPE: "closed",
};

function failureOf(origin: string, error: unknown): ForwardOutcome {
  if (error instanceof NoResponseInTime) {
    return { error: "timeout", error_message: `${origin} did not respond in time.` };
  }
  if (error instanceof Stopped) {
    const error_message = `posthorn listen was stopped before ${origin} responded.`;
    return { error: "closed", error_message };
  }
  const code = errorCode(error) ?? "";
  const isTls = /^(CERT_|DEPTH_|ERR_SSL|ERR_TLS|SELF_SIGNED|UNABLE_TO)/.test(code);
  const message = `${origin} did not respond: ${reasonOf(error) || code}.`;
  return { error: classes[code] ?? (isTls ? "tls" : "protocol"), error_message: message };
}
