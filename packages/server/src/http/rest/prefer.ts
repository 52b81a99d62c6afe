/** Parses the `Prefer` header (RFC 7240) by PostgREST's rules. */
import { PosthornError } from "../../errors/catalogue.ts";

export interface Preferences {
  readonly returns: "minimal" | "headers-only" | "representation" | null;
  readonly count: "exact" | "planned" | "estimated" | null;
  readonly resolution: "merge-duplicates" | "ignore-duplicates" | null;
  readonly missing: "default" | "null" | null;
  readonly handling: "strict" | "lenient" | null;
  /** Null without handling=strict, because the preference applies only with it. */
  readonly maxAffected: number | null;
  readonly isRolledBack: boolean;
}

const known = {
  resolution: ["merge-duplicates", "ignore-duplicates"],
  missing: ["default", "null"],
  return: ["minimal", "headers-only", "representation"],
  count: ["exact", "planned", "estimated"],
  tx: ["commit", "rollback"],
  handling: ["strict", "lenient"],
} as const;

/** The latest result. It is cached, because a client sends the same header with each request. */
let latest: { readonly header: string | undefined; readonly preferences: Preferences } | null =
  null;

/** @throws PosthornError `PGRST122` for an unknown preference with handling=strict. */
export function parsePrefer(header: string | undefined): Preferences {
  if (latest === null || latest.header !== header) latest = { header, preferences: read(header) };
  return latest.preferences;
}

function read(header: string | undefined): Preferences {
  const tokens = (header ?? "")
    .split(",")
    .map((token) => token.trim())
    .filter(Boolean);
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (const token of tokens) {
    const [name = "", ...rest] = token.split("=");
    const value = rest.join("=");
    const allowed: readonly string[] | undefined = Object.hasOwn(known, name)
      ? known[name as keyof typeof known]
      : undefined;
    const isKnown = allowed?.includes(value) ?? (name === "max-affected" && /^\d+$/.test(value));
    if (!isKnown) unknown.push(token);
    else if (!values.has(name)) values.set(name, value);
  }
  if (values.get("handling") === "strict" && unknown.length > 0) {
    throw new PosthornError(
      "PGRST122",
      {},
      { details: `Invalid preferences: ${unknown.join(", ")}` },
    );
  }
  const isStrict = values.get("handling") === "strict";
  const maxAffected = values.get("max-affected");
  return {
    returns: (values.get("return") as Preferences["returns"]) ?? null,
    count: (values.get("count") as Preferences["count"]) ?? null,
    resolution: (values.get("resolution") as Preferences["resolution"]) ?? null,
    missing: (values.get("missing") as Preferences["missing"]) ?? null,
    handling: (values.get("handling") as Preferences["handling"]) ?? null,
    maxAffected: isStrict && maxAffected !== undefined ? Number(maxAffected) : null,
    isRolledBack: values.get("tx") === "rollback",
  };
}

/** The `Preference-Applied` header; null if there was no preference. */
export function appliedPreferences(preferences: Preferences): string | null {
  const applied = [
    preferences.resolution === null ? null : `resolution=${preferences.resolution}`,
    preferences.missing === null ? null : `missing=${preferences.missing}`,
    preferences.returns === null ? null : `return=${preferences.returns}`,
    preferences.count === null ? null : `count=${preferences.count}`,
    preferences.isRolledBack ? "tx=rollback" : null,
    preferences.handling === null ? null : `handling=${preferences.handling}`,
    preferences.maxAffected === null ? null : `max-affected=${preferences.maxAffected}`,
  ].filter((each) => each !== null);
  return applied.length === 0 ? null : applied.join(", ");
}
