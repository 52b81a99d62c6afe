/** Validates the query of a URL, because anybody can write anything there. */
import { isId } from "./api/deliveries.ts";

export interface DeliverySearch {
  readonly endpoint?: string;
  readonly status?: string;
  readonly type?: string;
  readonly since?: string;
  readonly until?: string;
  /** Only dead letters: since when they are. */
  readonly failed_since?: string;
  readonly id?: string;
}

const statuses = new Set(["pending", "delivered", "failed", "cancelled"]);

export function deliverySearch(given: Record<string, unknown>): DeliverySearch {
  const text = (name: string, isAllowed: (value: string) => boolean): string | undefined => {
    const value = given[name];
    return typeof value === "string" && isAllowed(value) ? value : undefined;
  };
  return withoutUndefined({
    endpoint: text("endpoint", isId),
    status: text("status", (value) => statuses.has(value)),
    type: text("type", (value) => value.length <= 256),
    since: text("since", isTime),
    until: text("until", isTime),
    failed_since: text("failed_since", isTime),
    id: idOf(text("id", (value) => value !== "" && value.length <= 512)),
  });
}

/** An id of Posthorn is in lower case. */
function idOf(text: string | undefined): string | undefined {
  return text !== undefined && isId(text) ? text.toLowerCase() : text;
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

export const endpointTabs = ["deliveries", "attempts", "verify", "replay", "settings"] as const;
export type EndpointTab = (typeof endpointTabs)[number];

export interface EndpointSearch {
  readonly tab?: EndpointTab;
  /** The start of the list of failed attempts. */
  readonly since?: string;
}

export function endpointSearch(given: Record<string, unknown>): EndpointSearch {
  const { since } = given;
  return withoutUndefined({
    tab: endpointTabs.find((each) => each === given["tab"]),
    since: isTime(since) ? since : undefined,
  });
}

export const overviewHours = [1, 6, 24, 168] as const;
export const overviewLists = ["all", "failed", "due", "off", "current"] as const;

export interface OverviewSearch {
  /** The length of the time range, in hours. */
  readonly hours?: (typeof overviewHours)[number];
  /** Selects which endpoints are listed. */
  readonly show?: (typeof overviewLists)[number];
}

export function overviewSearch(given: Record<string, unknown>): OverviewSearch {
  return withoutUndefined({
    hours: overviewHours.find((each) => each === Number(given["hours"])),
    show: overviewLists.find((each) => each === given["show"]),
  });
}

/** Removes undefined members, so that they do not appear in the URL. */
export function withoutUndefined<T extends object>(
  given: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
