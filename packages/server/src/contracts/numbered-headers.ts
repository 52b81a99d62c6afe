/** Headers that are sent once for each valid secret: `x-signature-1`, `x-signature-2`, … */
import { limits } from "../limits.ts";
import type { HeaderTemplate } from "./checks.ts";
import type { CompiledSignature } from "./signatures.ts";

const suffix = "-*";

/** Whether a header's name in a document stands for one header for each valid secret. */
export function isNumbered(name: string): boolean {
  return name.endsWith(suffix);
}

/** @param index 0 for the current secret. */
export function numberedName(name: string, index: number): string {
  return `${name.slice(0, -1)}${index + 1}`;
}

/** All names that a header of a document can have on the wire. */
export function wireNames(name: string): readonly string[] {
  if (!isNumbered(name)) return [name];
  return Array.from({ length: limits.oldSecretsMax + 1 }, (_, index) => numberedName(name, index));
}

/** The index of the signature that each numbered header contains; null for other headers. */
export function numberedSignature(
  { name, template }: Pick<HeaderTemplate, "name" | "template">,
  signatures: readonly CompiledSignature[],
  headerNames: readonly string[],
  refuse: (reason: string) => Error,
): number | null {
  if (!isNumbered(name)) return null;
  const path = `/headers/${name}`;
  const twice = headerNames.find((each) => each !== name && wireNames(name).includes(each));
  if (twice !== undefined) throw refuse(`${path} also sets the header ${twice}`);
  const [only, ...more] = template.names;
  const index = signatures.findIndex((each) => only === `signature.${each.name}`);
  const signature = signatures[index];
  if (signature === undefined || more.length > 0) {
    const known = signatures.map((each) => `{signature.${each.name}}`).join(" or ");
    throw refuse(`${path} must contain exactly one signature: ${known || "define one"}`);
  }
  const own = `/signatures/${signature.name}`;
  if (signature.secret === null) {
    throw refuse(`${path} needs a signature by a secret; ${own} is by the platform's key`);
  }
  if (signature.isJoined) {
    throw refuse(`${path} has one header for each secret, so ${own} must have no separator`);
  }
  return index;
}
