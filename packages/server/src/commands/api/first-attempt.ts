/** Waits until the deliveries of an event have been attempted, and returns the outcome. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Api, Rows } from "../../client/api.ts";
import { plain, time, type Column } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { limits } from "../../limits.ts";

/**
 * Returns the event's deliveries as soon as each of them has had an attempt, and at the latest
 * after `limits.commandAttemptWaitMs`.
 */
export async function firstAttempts(api: Api, eventId: string): Promise<Rows> {
  const deadlineMs = performance.now() + limits.commandAttemptWaitMs;
  for (;;) {
    const deliveries = await api.list("webhook_deliveries", {
      event_id: `eq.${eventId}`,
      select: deliveryColumns,
    });
    const isAttempted = deliveries.rows.every(
      ({ attempts, status }) => status !== "pending" || Number(attempts) > 0,
    );
    const isDone = deliveries.rows.length > 0 && isAttempted;
    if (isDone || performance.now() > deadlineMs) return deliveries;
    await sleep(limits.commandPollMs);
  }
}

/** The columns of a delivery in lists: all except its payload. */
export const deliveryColumns = [
  "id,event_id,endpoint_id,org_id,event_type,status,response_status,error,attempts",
  "next_retry_at,created_at,last_attempt_at,failed_at",
].join(",");

export function deliveryTable({ timeZone }: CommandContext): readonly Column[] {
  return [
    plain("id"),
    plain("event_id", "event"),
    plain("event_type"),
    plain("endpoint_id", "endpoint"),
    plain("status"),
    plain("attempts"),
    { title: "response", value: (row) => responseOf(row) },
    time("next_retry_at", timeZone, "next attempt"),
    time("created_at", timeZone, "created"),
  ];
}

/** The result of the latest attempt: an HTTP status, or the reason why there was no response. */
export function responseOf(row: Readonly<Record<string, unknown>>): string {
  const { response_status: status, error } = row;
  if (typeof status === "number") return String(status);
  return typeof error === "string" ? error : "-";
}
