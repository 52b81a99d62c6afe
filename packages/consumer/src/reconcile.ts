/**
 * Reconciliation: lists the sender's deliveries for an endpoint, and yields those that the receiver
 * does not have. Run it periodically, and after an outage of the receiver.
 */

/** A delivery as the sender's REST API returns it. */
export interface ReconciledDelivery {
  readonly id: string;
  /** The same as the `webhook-id` header of the request. */
  readonly event_id: string;
  readonly event_type: string;
  /** The parsed body of the delivery. */
  readonly payload: unknown;
  /** `delivered`, `pending` (the sender is still trying), `failed` or `cancelled`. */
  readonly status: string;
  /** ISO 8601. */
  readonly created_at: string;
}

export interface ReconcileOptions {
  /** The URL of the sender's API, before `/rest/v1/`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly endpointId: string;
  /**
   * Yields deliveries created at or after this time. Runs should overlap: an event that was being
   * published when the last run ended may sort before that run's end.
   */
  readonly since: Date | string;
  /** Whether the receiver has this event. Called once for each delivery. */
  seen(eventId: string): boolean | Promise<boolean>;
  /**
   * The number of deliveries in one request. Default: 200. It is reduced if the sender rejects a
   * page as too large, or if a page does not arrive in time.
   */
  readonly pageSize?: number;
  /** Timeout of the request for one page. Default: 30 s. */
  readonly timeoutMs?: number;
}

/** The sender's response was not a page of deliveries. */
export class ReconcileError extends Error {
  override readonly name = "ReconcileError";
  /** The response's HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const columns = ["id", "event_id", "event_type", "payload", "status", "created_at"];
const pageSizeDefault = 200;
const timeoutMsDefault = 30_000;
const quotedAnswerChars = 300;

/**
 * Yields, oldest first, the deliveries whose event the receiver has not seen. It requests pages as
 * the caller iterates, so the caller may stop at any time and be as slow as it wants.
 *
 * @throws ReconcileError if the sender rejects a request, and the error of `fetch` if the sender is
 *   unreachable.
 */
export async function* reconcile(
  options: ReconcileOptions,
): AsyncGenerator<ReconciledDelivery, void, void> {
  const sizeMax = options.pageSize ?? pageSizeDefault;
  let size = sizeMax;
  let afterId: string | null = null;
  for (;;) {
    const page: readonly ReconciledDelivery[] | null = await fetchPage(options, { size, afterId });
    if (page === null) {
      size = Math.max(1, Math.floor(size / 4));
      continue;
    }
    const last = page.at(-1);
    // An empty page marks the end. A short page does not, because the sender's limit may be lower
    // than `pageSize`.
    if (last === undefined) return;
    if (last.id === afterId) throw new ReconcileError(200, "The same page came twice.");
    for (const delivery of page) {
      if (!(await options.seen(delivery.event_id))) yield delivery;
    }
    afterId = last.id;
    // The sender could answer a page of this size, so the next request asks for a larger one.
    size = Math.min(sizeMax, size * 2);
  }
}

interface PlaceAndSize {
  readonly size: number;
  readonly afterId: string | null;
}

/** @returns null if the page is too large for the sender, or too slow for the timeout. */
async function fetchPage(
  options: ReconcileOptions,
  wanted: PlaceAndSize,
): Promise<readonly ReconciledDelivery[] | null> {
  let response: Response | null = null;
  try {
    response = await request(options, wanted);
    const text = await response.text();
    if (response.ok) return parsePage(response.status, text);
    if (wanted.size > 1 && isTooLarge(response.status, text)) return null;
    const answer = text.slice(0, quotedAnswerChars);
    throw new ReconcileError(response.status, `The sender answered ${response.status}: ${answer}`);
  } catch (error) {
    // The sender responded, but the body arrives too slowly.
    const isSlow = error instanceof Error && error.name === "TimeoutError" && response !== null;
    if (isSlow && wanted.size > 1) return null;
    throw error;
  }
}

function isTooLarge(status: number, text: string): boolean {
  return status === 413 || (status === 400 && text.includes('"PH_ANSWER_TOO_LARGE"'));
}

function request(options: ReconcileOptions, wanted: PlaceAndSize): Promise<Response> {
  return fetch(pageUrl(options, wanted), {
    headers: { apikey: options.apiKey, accept: "application/json" },
    // On a redirect to another host, fetch removes only the Authorization header and would send the
    // key.
    redirect: "error",
    signal: AbortSignal.timeout(options.timeoutMs ?? timeoutMsDefault),
  });
}

function pageUrl(options: ReconcileOptions, { size, afterId }: PlaceAndSize): string {
  const { baseUrl, endpointId, since } = options;
  const query = new URLSearchParams({
    select: columns.join(","),
    endpoint_id: `eq.${endpointId}`,
    created_at: `gte.${typeof since === "string" ? since : since.toISOString()}`,
    order: "id.asc",
    limit: String(size),
  });
  if (afterId !== null) query.set("id", `gt.${afterId}`);
  return `${baseUrl.replace(/\/+$/, "")}/rest/v1/webhook_deliveries?${query.toString()}`;
}

function parsePage(status: number, text: string): readonly ReconciledDelivery[] {
  let page: unknown;
  try {
    page = JSON.parse(text);
  } catch {
    page = null;
  }
  if (!Array.isArray(page) || !page.every(isDelivery)) {
    throw new ReconcileError(status, "The sender's answer is not a list of deliveries.");
  }
  return page;
}

function isDelivery(row: unknown): row is ReconciledDelivery {
  return (
    typeof row === "object" &&
    row !== null &&
    "id" in row &&
    typeof row.id === "string" &&
    "event_id" in row &&
    typeof row.event_id === "string"
  );
}
