/** Forwards a delivery to the developer's own server. */
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

/** Never throws: a server that does not respond is an outcome. Redirects are not followed. */
export async function forward(url: string, delivery: TerminalDelivery): Promise<ForwardOutcome> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: delivery.headers.map(([name, value]) => [name, value]),
      body: delivery.body,
      redirect: "manual",
      signal: AbortSignal.timeout(delivery.timeout_ms),
    });
    if (response.status > 599) {
      const error_message = `${new URL(url).origin} responded with the status ${response.status}.`;
      return { error: "protocol", error_message };
    }
    return {
      response_status: response.status,
      response_headers: keptHeaders(response.headers),
      response_body: await bodyStart(response),
    };
  } catch (error) {
    return failureOf(url, error);
  }
}

/** As many headers as the API accepts. */
function keptHeaders(headers: Headers): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) {
    const more = { ...kept, [name]: value };
    if (JSON.stringify(more).length <= limits.responseHeadersBytesMax) kept[name] = value;
  }
  return kept;
}

/** One byte more than the API keeps, so that it knows that there was more. */
async function bodyStart(response: Response): Promise<string> {
  const bytesMax = limits.responseBodyKeptBytes + 1;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
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
  UND_ERR_SOCKET: "closed",
};

function failureOf(url: string, error: unknown): ForwardOutcome {
  const { origin } = new URL(url);
  if (error instanceof Error && error.name === "TimeoutError") {
    return { error: "timeout", error_message: `${origin} did not respond in time.` };
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = errorCode(cause) ?? "";
  const isTls = /^(CERT_|DEPTH_|ERR_SSL|ERR_TLS|SELF_SIGNED|UNABLE_TO)/.test(code);
  const message = `${origin} did not respond: ${reasonOf(cause) || code}.`;
  return { error: classes[code] ?? (isTls ? "tls" : "protocol"), error_message: message };
}
