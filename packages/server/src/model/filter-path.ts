/**
 * Compiles a filter to a PostgreSQL jsonpath. `data @@ path` is true if the data matches, and false
 * or null if not. `filter-match.ts` implements the same rules; a test compares the two.
 */
import type { FieldPath, FilterCondition, Scalar } from "./filter.ts";

export function jsonPathOf(condition: FilterCondition): string {
  switch (condition.kind) {
    case "all":
      return `(${condition.of.map(jsonPathOf).join(" && ")})`;
    case "any":
      return `(${condition.of.map(jsonPathOf).join(" || ")})`;
    case "not":
      return `(!(${jsonPathOf(condition.of)}))`;
    case "exists":
      return `(exists(${field(condition.path)}))`;
    case "compare":
      return `(${field(condition.path)} ${condition.operator} ${literal(condition.value)})`;
    case "in": {
      const at = field(condition.path);
      return `(${condition.values.map((value) => `${at} == ${literal(value)}`).join(" || ")})`;
    }
    case "text":
      return `(${field(condition.path)} ${textTest(condition.test, condition.part)})`;
  }
}

function field(path: FieldPath): string {
  return ["$", ...path.map(quoted)].join(".");
}

function literal(value: Scalar): string {
  switch (value.type) {
    case "number":
      return value.text;
    case "text":
      return quoted(value.text);
    case "boolean":
      return String(value.value);
    case "null":
      return "null";
  }
}

/** Flag q makes the pattern a literal text. There is none for "at the end", so that is escaped. */
function textTest(test: "starts" | "ends" | "contains", part: string): string {
  if (test === "starts") return `starts with ${quoted(part)}`;
  if (test === "contains") return `like_regex ${quoted(part)} flag "q"`;
  return `like_regex ${quoted(`${part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}$`)}`;
}

/** A text in jsonpath's notation, which includes JSON's escapes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
