/** Determines the response's format from `Accept`, and its `Content-Type`. */
import { PosthornError } from "../../errors/catalogue.ts";

export interface Accepted {
  /** `object` means exactly one row; `lines` means JSON lines. */
  readonly form: "array" | "object" | "csv" | "lines";
  /** True to omit null members. */
  readonly isStripped: boolean;
}

export const jsonType = "application/json; charset=utf-8";

const formOfType: ReadonlyMap<string, Accepted["form"]> = new Map([
  ["*/*", "array"],
  ["application/*", "array"],
  ["application/json", "array"],
  ["application/vnd.pgrst.array+json", "array"],
  ["application/vnd.pgrst.object+json", "object"],
  ["text/csv", "csv"],
  ["application/x-ndjson", "lines"],
  ["application/jsonl", "lines"],
]);

/** @throws PosthornError `PGRST107` */
export function negotiate(accept: string | undefined): Accepted {
  if (accept === undefined || accept === "") return { form: "array", isStripped: false };
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const form = formOfType.get(type);
    if (form === undefined) continue;
    const isStripped = type.includes("vnd.pgrst.") && parameters.includes("nulls=stripped");
    return { form, isStripped };
  }
  throw new PosthornError("PGRST107", { types: accept });
}

/** The `Content-Type` of a response in this format. */
export function typeOf({ form, isStripped }: Accepted): string {
  switch (form) {
    case "csv":
      return "text/csv; charset=utf-8; header=present";
    case "lines":
      return "application/x-ndjson; charset=utf-8";
    case "object":
    case "array":
      if (isStripped) return `application/vnd.pgrst.${form}+json;nulls=stripped; charset=utf-8`;
      return form === "array" ? jsonType : "application/vnd.pgrst.object+json; charset=utf-8";
  }
}
