/** The result of `posthorn contract check`, for people and as JSON. */
import { printable } from "../../observe/printable.ts";
import type { CheckResult, SignatureFinding } from "./check.ts";
import { isProblem, type Compared, type Verdict } from "./compare.ts";

export function describeCheck(result: CheckResult): string {
  const { request, found, compared, signatures } = result;
  const lines: string[] = [
    `Recorded: ${request.method} ${request.url ?? "(no URL)"}, ${request.body.length} bytes of body.`,
  ];
  // Signatures and secrets are in headers that are compared below.
  const values = [...found].filter(([name]) => !/^(signature|secret|event\.data)/.test(name));
  if (values.length > 0) lines.push("", "Values that the document finds in it:");
  for (const [name, { text, place }] of values) {
    lines.push(`  ${`{${name}}`.padEnd(32)} ${shortened(text)}  (${place})`);
  }
  lines.push("", "What Posthorn would have sent:");
  for (const each of compared.filter(({ verdict }) => verdict !== "transport")) {
    lines.push(...describeLine(each));
  }
  for (const finding of signatures) lines.push("", ...describeFinding(finding));
  const problems = compared.filter(isProblem).length;
  lines.push(
    "",
    problems === 0
      ? "The contract sends what was recorded."
      : `${problems} ${problems === 1 ? "difference" : "differences"}.`,
  );
  return lines.map((line) => `${printable(line)}\n`).join("");
}

export function checkAsJson({ found, compared, signatures, isRight }: CheckResult): unknown {
  return {
    is_right: isRight,
    values: Object.fromEntries(
      [...found]
        .filter(([name]) => !/^(secret|event\.data)/.test(name))
        .map(([name, { text, place }]) => [name, { text, place }]),
    ),
    compared,
    signatures: signatures.map(({ name, header, secretProblem, token, cause, tried }) => ({
      name,
      header,
      secret_problem: secretProblem,
      token,
      change: cause?.members ?? null,
      notes: cause?.notes ?? [],
      combinations_tried: tried,
    })),
  };
}

const words: Readonly<Record<Verdict, string>> = {
  same: "same",
  differs: "DIFFERS",
  lacking: "LACKING",
  added: "added",
  unchecked: "unchecked",
  transport: "",
};

function describeLine({ name, verdict, recorded, built, at, note }: Compared): readonly string[] {
  const more = note === null ? "" : `: ${note}`;
  const isHint = verdict === "differs" && name === "user-agent";
  const line = `  ${(isHint ? "differs" : words[verdict]).padEnd(10)} ${name}`;
  if (verdict === "lacking") {
    const value = recorded === null ? "" : `  recorded ${shortened(recorded)}`;
    return [`${line}${more}`, ...(value === "" ? [] : [`             ${value.trim()}`])];
  }
  if (verdict !== "differs" || at === null) return [`${line}${more}`];
  if (recorded === null || built === null) return [`${line}, a credential`];
  return [
    `${line} from byte ${at} on${more}`,
    `             recorded ${around(recorded, at)}`,
    `             built    ${around(built, at)}`,
  ];
}

function describeFinding(finding: SignatureFinding): readonly string[] {
  const { name, signature, secretProblem, cause, tried, token } = finding;
  const lines = [`The signature ${name} (/signatures/${name}):`];
  if (secretProblem !== null) lines.push(`  The document cannot use the secret: ${secretProblem}.`);
  if (signature.jwt !== undefined) {
    const same =
      "  The token's header and claims are the same, so another key or algorithm signed it.";
    return [...lines, ...(token.length === 0 ? [same] : token.map((each) => `  ${each}`))];
  }
  const combinations =
    `${tried} combinations of HMAC with SHA-1, SHA-256 or SHA-512; the key as text, hex or base64, ` +
    "with and without a prefix; times in seconds, milliseconds or ISO 8601; the usual signed " +
    "texts; and the body with other white space, line breaks or escapes";
  if (cause === null) {
    return [
      ...lines,
      `  None of these fits: ${combinations}.`,
      "  The secret is probably not the one that signed, or the body is not exactly what was sent.",
    ];
  }
  const members = Object.entries(cause.members);
  if (members.length > 0) lines.push("  It fits with this change of the document:");
  for (const [member, value] of members) {
    const before = (signature as Readonly<Record<string, unknown>>)[member];
    const instead = before === undefined ? "the default" : JSON.stringify(before);
    lines.push(`    ${JSON.stringify(member)}: ${JSON.stringify(value)}    instead of ${instead}`);
  }
  for (const note of cause.notes) lines.push(`  ${note}`);
  if (members.length === 0 && cause.notes.length === 0) {
    lines.push(
      "  This secret made one of the recorded signatures. Pass the other secrets, too, or set",
      "  `separator` as the old sender writes several signatures.",
    );
  }
  return [...lines, `  (found among ${tried} combinations)`];
}

const shownCharacters = 60;

function shortened(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`;
}

/** The text around a byte, so that the difference is visible. */
function around(text: string, at: number): string {
  const bytes = Buffer.from(text);
  const start = Math.max(0, at - 20);
  const piece = bytes.subarray(start, at + 40).toString("utf8");
  return `${start > 0 ? "…" : ""}${piece}${at + 40 < bytes.length ? "…" : ""}`;
}
