/** Checks the values of an endpoint's fields before anything is stored. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { controlledHeader, customHeaderProblem } from "../model/custom-headers.ts";
import { destinationKinds, type DestinationKind } from "../model/endpoint.ts";
import { unstorableBytes } from "../model/text.ts";

/**
 * @param reserved the header names, in lower case, that the endpoint's contract sets.
 * @throws PosthornError `PH_HEADERS_INVALID` with the header and the reason.
 */
export function checkHeaders(
  value: unknown,
  reserved: ReadonlySet<string>,
): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidHeader("headers", "it must be an object of names and text values");
  }
  const entries = Object.entries(value);
  if (entries.length > limits.customHeadersMax) {
    throw invalidHeader("headers", `an endpoint may have at most ${limits.customHeadersMax}`);
  }
  const seen = new Set<string>();
  return Object.fromEntries(
    entries.map(([name, text]) => {
      const lower = name.toLowerCase();
      const problem = reserved.has(lower) ? controlledHeader : customHeaderProblem(lower, text);
      if (problem !== null) throw invalidHeader(name, problem);
      if (seen.has(lower)) throw invalidHeader(name, "it occurs twice");
      seen.add(lower);
      return [name, text as string];
    }),
  );
}

function invalidHeader(header: string, reason: string): PosthornError {
  return new PosthornError("PH_HEADERS_INVALID", { header: JSON.stringify(header), reason });
}

/** @throws PosthornError `PH_FIELD_INVALID` */
export function checkCount(field: string, value: unknown, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > most) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field,
      allowed: `a whole number from 1 to ${most}`,
    });
  }
  return value;
}

/** @throws PosthornError `PH_FIELD_INVALID` */
export function checkText(field: string, value: unknown, charsMax: number): string {
  if (typeof value !== "string" || value.length > charsMax || unstorableBytes(value) !== null) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field,
      allowed: `text of at most ${charsMax} characters`,
    });
  }
  return value;
}

/**
 * @param value undefined or null for `http`.
 * @throws PosthornError `PH_FIELD_INVALID`
 */
export function checkDestination(value: unknown): DestinationKind {
  const kind = destinationKinds.find((each) => each === (value ?? "http"));
  if (kind === undefined) {
    const allowed = destinationKinds.join(" or ");
    throw new PosthornError("PH_FIELD_INVALID", { field: "destination", allowed });
  }
  return kind;
}

/** @throws PosthornError `PH_FIELD_INVALID` */
export function checkBoolean(field: string, value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw new PosthornError("PH_FIELD_INVALID", { field, allowed: "true or false" });
  }
  return value;
}
