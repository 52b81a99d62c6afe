/**
 * Replaces the references in an OpenAPI document, because a stored schema cannot refer to anything
 * outside itself.
 */

type Members = Readonly<Record<string, unknown>>;

/**
 * Replaces each local `$ref` in a value with its target.
 * @param fail throws the error for a reference without a target, into another file, or to something
 * that contains the reference itself.
 */
export function inlineReferences(
  root: Members,
  value: unknown,
  fail: (reason: string) => never,
): unknown {
  const inline = (each: unknown, within: readonly string[]): unknown => {
    if (Array.isArray(each)) return each.map((item) => inline(item, within));
    if (typeof each !== "object" || each === null) return each;
    const { $ref: reference, ...others } = each as Members;
    if (typeof reference !== "string") {
      return Object.fromEntries(
        Object.entries(each).map(([name, item]) => [name, inline(item, within)]),
      );
    }
    if (within.includes(reference)) {
      return fail(`${reference} contains itself, which a stored schema cannot`);
    }
    const target = inline(lookUp(root, reference, fail), [...within, reference]);
    // OpenAPI 3.1 allows further members next to a reference, e.g. a description.
    return Object.keys(others).length === 0
      ? target
      : { ...(target as Members), ...(inline(others, within) as Members) };
  };
  return inline(value, []);
}

function lookUp(root: Members, reference: string, fail: (reason: string) => never): unknown {
  if (!reference.startsWith("#/")) return fail(`${reference} is not in this document`);
  let found: unknown = root;
  for (const part of reference.slice(2).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = typeof found === "object" && found !== null && Object.hasOwn(found, name);
    if (!isThere) return fail(`${reference} leads nowhere`);
    found = (found as Members)[name];
  }
  return found;
}
