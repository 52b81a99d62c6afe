/** Converts the fields of an endpoint between the form and the API. */
import { fieldOf, sentence, type ApiError } from "../api/errors.ts";
import type { Endpoint } from "../api/types.ts";
import { isJsonObject, pretty } from "../copy/json-text.ts";

export interface EndpointValues {
  /** Null for a terminal, which has no URL. */
  url: string | null;
  description: string;
  /** Null for all event types. */
  events: string[] | null;
  /** Empty for events with and without channels. */
  channels: string[];
  /** JSON text. Empty for every event. */
  filter: string;
  /** JavaScript. Empty for none. */
  transformation: string;
  /** Null for the platform's default contract. */
  contract: string | null;
  headers: { name: string; value: string }[];
  in_flight_max: number | string;
  rate_per_second: number | string;
  /** Empty for the contract's. */
  retry_schedule: string;
  timeout_seconds: number | string;
  final_statuses: string[];
}

export const newEndpointValues: EndpointValues = {
  url: "",
  description: "",
  events: null,
  channels: [],
  filter: "",
  transformation: "",
  contract: null,
  headers: [],
  in_flight_max: 16,
  rate_per_second: "",
  retry_schedule: "",
  timeout_seconds: "",
  final_statuses: [],
};

export function valuesOf(endpoint: Endpoint): EndpointValues {
  const headers = Object(endpoint.headers) as Record<string, string>;
  return {
    url: endpoint.url,
    description: endpoint.description,
    events: endpoint.events,
    channels: endpoint.channels ?? [],
    filter: pretty(endpoint.filter),
    transformation: endpoint.transformation ?? "",
    contract: endpoint.contract,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    in_flight_max: endpoint.in_flight_max,
    rate_per_second: endpoint.rate_per_second ?? "",
    retry_schedule: endpoint.retry_schedule ?? "",
    timeout_seconds: endpoint.timeout_seconds ?? "",
    final_statuses: endpoint.final_statuses ?? [],
  };
}

/** The fields to send. Omits an empty contract, so that the server uses the default. */
export function fieldsOf(values: EndpointValues) {
  return {
    ...(values.url === null ? {} : { url: values.url.trim() }),
    description: values.description,
    events: values.events,
    channels: values.channels.length === 0 ? null : values.channels,
    filter: values.filter.trim() === "" ? null : (JSON.parse(values.filter) as unknown),
    transformation: values.transformation.trim() === "" ? null : values.transformation,
    ...(values.contract === null ? {} : { contract: values.contract }),
    headers: Object.fromEntries(
      values.headers
        .filter(({ name, value }) => name !== "" || value !== "")
        .map(({ name, value }) => [name.trim(), value]),
    ),
    ...(values.in_flight_max === "" ? {} : { in_flight_max: Number(values.in_flight_max) }),
    rate_per_second: values.rate_per_second === "" ? null : Number(values.rate_per_second),
    retry_schedule: values.retry_schedule.trim() === "" ? null : values.retry_schedule.trim(),
    timeout_seconds: values.timeout_seconds === "" ? null : Number(values.timeout_seconds),
    final_statuses: values.final_statuses.length === 0 ? null : values.final_statuses,
  };
}

const fields = new Set<string>(Object.keys(newEndpointValues));

/** Assigns an error to its form field, or returns null if it concerns the whole form. */
export function formErrors(error: ApiError): Record<string, string> | null {
  const field = fieldOf(error);
  return field !== null && fields.has(field) ? { [field]: sentence(error) } : null;
}

/** Checks the fields that need no request. */
export function validate(values: EndpointValues): Record<string, string> {
  const errors: Record<string, string> = {};
  if (values.url?.trim() === "") errors["url"] = "Give the URL that events are sent to.";
  if (values.events?.length === 0) errors["events"] = "Choose at least one, or all.";
  if (values.filter.trim() !== "") {
    const problem = isJsonObject(values.filter);
    if (problem !== null) errors["filter"] = problem;
  }
  const names = values.headers.map(({ name }) => name.trim().toLowerCase());
  if (values.headers.some(({ name, value }) => name.trim() === "" && value !== "")) {
    errors["headers"] = "Each header needs a name.";
  } else if (new Set(names).size < names.length) {
    errors["headers"] = "Each header can be there once.";
  }
  return errors;
}
