/**
 * Reconciliation: asks the sender what it had for an endpoint, and yields what the receiver does
 * not have. For a job that runs now and then, and after an outage of the receiver.
 */

/** A delivery as the sender's REST API shows it. */
export interface ReconciledDelivery {
  readonly id: string;
  /** What the delivery's `webhook-id` header holds. */
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
  /** Where the sender's API is: what comes before `/rest/v1/`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly endpointId: string;
  /**
   * Deliveries made from then on. Runs should overlap: what was being published while the last
   * one ended may have been given an earlier place.
   */
  readonly since: Date | string;
  /** Whether the receiver has this event. Asked once for each delivery. */
  seen(eventId: string): boolean | Promise<boolean>;
  /**
   * Deliveries asked for at once. Default: 200. If the sender finds a page too large, or it does
   * not arrive in its time, fewer are asked for.
   */
  readonly pageSize?: number;
  /** Bound on the answer to one page. Default: 30 s. */
  readonly timeoutMs?: number;
}

/** The sender's answer was not a page of deliveries. */
export class ReconcileError extends Error {
  override readonly name = "ReconcileError";
  /** The answer's HTTP status. */
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
 * Yields, oldest first, the deliveries whose event the receiver has not seen. Pages are asked for
 * as the caller goes on, so it may stop at any time and take as long as it wants with each.
 *
 * @throws ReconcileError if the sender refuses, and whatever `fetch` throws if it is not reached.
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
    // An empty page is the end. A short one is not: the sender may cap pages below our limit.
    if (last === undefined) return;
    if (last.id === afterId) throw new ReconcileError(200, "The same page came twice.");
    for (const delivery of page) {
      if (!(await options.seen(delivery.event_id))) yield delivery;
    }
    afterId = last.id;
    // What comes next may be smaller.
    size = Math.min(sizeMax, size * 2);
  }
}

interface PlaceAndSize {
  readonly size: number;
  readonly afterId: string | null;
}

/** @returns null if the page is too large for the sender, or for the time that there is. */
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
    // The sender answers, and its answer takes too long to arrive.
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
    // A redirect to another host would carry the key there: fetch strips only Authorization.
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
