/** Replaces references of an OpenAPI document, because a stored schema cannot refer outside. */

type Members = Readonly<Record<string, unknown>>;

/**
 * Returns a value with each local `$ref` replaced by what it names.
 *
 * @param fail throws the error for a reference that leads nowhere, into another file, or to
 *   something that contains the reference itself.
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
    // OpenAPI 3.1 lets other members stand beside a reference, e.g. a description.
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
