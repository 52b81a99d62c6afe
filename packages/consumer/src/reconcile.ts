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
  /** Deliveries asked for at once. Default: 200. */
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
  let afterId: string | null = null;
  for (;;) {
    const page: readonly ReconciledDelivery[] = await fetchPage(options, afterId);
    const last = page.at(-1);
    // An empty page is the end. A short one is not: the sender may cap pages below our limit.
    if (last === undefined) return;
    if (last.id === afterId) throw new ReconcileError(200, "The same page came twice.");
    for (const delivery of page) {
      if (!(await options.seen(delivery.event_id))) yield delivery;
    }
    afterId = last.id;
  }
}

async function fetchPage(
  options: ReconcileOptions,
  afterId: string | null,
): Promise<readonly ReconciledDelivery[]> {
  const response = await fetch(pageUrl(options, afterId), {
    headers: { apikey: options.apiKey, accept: "application/json" },
    // A redirect to another host would carry the key there: fetch strips only Authorization.
    redirect: "error",
    signal: AbortSignal.timeout(options.timeoutMs ?? timeoutMsDefault),
  });
  const text = await response.text();
  if (!response.ok) {
    const answer = text.slice(0, quotedAnswerChars);
    throw new ReconcileError(response.status, `The sender answered ${response.status}: ${answer}`);
  }
  return parsePage(response.status, text);
}

function pageUrl(options: ReconcileOptions, afterId: string | null): string {
  const { baseUrl, endpointId, since } = options;
  const query = new URLSearchParams({
    select: columns.join(","),
    endpoint_id: `eq.${endpointId}`,
    created_at: `gte.${typeof since === "string" ? since : since.toISOString()}`,
    order: "id.asc",
    limit: String(options.pageSize ?? pageSizeDefault),
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
