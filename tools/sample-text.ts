/**
 * Draws random sentences and comments of the project, so that readers can mark those that made them
 * stop. The same seed draws the same sample from the same files.
 */
import { randomInt } from "node:crypto";
import { sources, type Source } from "./sources.ts";

export interface Passage {
  /** `file:line`. */
  readonly place: string;
  readonly text: string;
}

export interface Sample {
  readonly seed: number;
  readonly sentences: readonly Passage[];
  readonly comments: readonly Passage[];
}

const sampleSize = 60;
/** Texts with fewer words are labels, which are not judged. */
const wordsLeast = 4;

const codeFolders = ["bench", "drills", "packages", "tools"];
const documents = /^(?:ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md$|(?:^|\/)README\.md$|^docs\//;
/** Pages that are generated from texts in the code. The sample takes these texts from the code. */
const generated = /^docs\/reference\/(?:environment|errors|limits|metrics)\.md$/;
/** Code without sentences for users, and the console, which has a style of its own. */
const withoutSentences = /^packages\/console\/|\/test\/|\.test\.ts$|\/testing\/|^tools\//;
const built = /^packages\/server\/console\//;

/** `npm run sample -- SEED`; without a seed, a random one. */
export function main(args: readonly string[], print: (line: string) => void): number {
  const seed = args[0] === undefined ? randomInt(1_000_000) : Number(args[0]);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    print(`The seed must be a whole number, not ${args[0]}.`);
    return 2;
  }
  const { sentences, comments } = drawSample(seed);
  print(`seed ${seed}`);
  for (const [title, drawn] of Object.entries({ sentences, comments })) {
    print(`\n${drawn.length} ${title}\n`);
    drawn.forEach(({ place, text }, index) => print(`${index + 1}. ${place}\n   ${text}`));
  }
  return 0;
}

export function drawSample(seed: number): Sample {
  const random = generator(seed);
  const code = codeFolders
    .flatMap((folder) => sources(folder, ".ts", ".tsx", ".sql", ".js"))
    .filter(({ name }) => !built.test(name));
  const pages = sources(".", ".md").filter(
    ({ name }) => documents.test(name) && !generated.test(name),
  );
  const sentences = [
    ...code.filter(({ name }) => !withoutSentences.test(name)).flatMap(describedIn),
    ...pages.flatMap(sentencesOfPage),
  ];
  return {
    seed,
    sentences: draw(sentences, sampleSize, random),
    comments: draw(code.flatMap(commentsIn), sampleSize, random),
  };
}

/** Texts that users see: errors, descriptions, allowed values, log messages; and limits. */
export function describedIn(source: Source): readonly Passage[] {
  const literal = String.raw`(?:"(?:[^"\\\n]|\\.)*"|\x60(?:[^\x60\\]|\\.)*\x60)`;
  const text = String.raw`(${literal}(?:\s*\+\s*${literal})*)`;
  const before = [
    String.raw`\b(?:description|allowed|message|hint|help|reason):\s*`,
    String.raw`\b(?:logger|log)\.(?:fatal|error|warn|info|debug)\((?:\{[^}]*\},\s*|\w+,\s*)?`,
    String.raw`\bnew Error\(\s*`,
  ];
  if (source.name.includes("/errors/"))
    before.push(String.raw`\bentry\(\s*\d{3},\s*`, String.raw`",\s*`);
  const found = before.flatMap((each) =>
    Array.from(source.text.matchAll(new RegExp(each + text, "g"))),
  );
  const inCode = found.flatMap((match) =>
    passages(
      source,
      match.index + match[0].length - (match[1] ?? "").length,
      plain(match[1] ?? ""),
    ),
  );
  return source.name.includes("/limits") ? [...inCode, ...limitsIn(source)] : inCode;
}

/** The comment before a limit describes it. */
function limitsIn(source: Source): readonly Passage[] {
  return commentsIn(source).flatMap(({ place, text }) =>
    sentencesOf(text).map((sentence) => ({ place, text: sentence })),
  );
}

/** Sentences of a Markdown page, without code blocks; each cell of a table separately. */
export function sentencesOfPage(source: Source): readonly Passage[] {
  const text = source.text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, " "));
  const blocks = text.matchAll(
    /(?:^(?![\s]*$|#|\|)(?!\s*[-*] ).*\n?)+|^\s*[-*] .*\n(?:^ +\S.*\n)*/gm,
  );
  const cells = text.matchAll(/(?<=\|)[^|\n]+(?=\|)/g);
  return [...blocks, ...cells].flatMap((match) => passages(source, match.index, match[0]));
}

/** Comments of TypeScript and SQL: a block, or consecutive line comments. */
export function commentsIn(source: Source): readonly Passage[] {
  const pattern = source.name.endsWith(".sql")
    ? /(?:^[ \t]*--.*\n?)+/gm
    : /^[ \t]*\/\*\*?[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+/gm;
  return [...source.text.matchAll(pattern)]
    .map((match) => ({
      place: placeOf(source, match.index),
      text: oneLine(
        match[0].replace(/^[ \t]*(?:\/\*\*?|\*\/|\*|\/\/|--)/gm, "").replace(/\*\/\s*$/, ""),
      ),
    }))
    .filter(({ text }) => isLongEnough(text) && !/^(?:oxlint|oxfmt|eslint|@)/.test(text));
}

function passages(source: Source, index: number, text: string): readonly Passage[] {
  return sentencesOf(text).map((sentence) => ({ place: placeOf(source, index), text: sentence }));
}

function sentencesOf(text: string): readonly string[] {
  return oneLine(text)
    .split(/(?<=[.!?]["`)]?) (?=[A-Z`"])/)
    .filter(isLongEnough);
}

function placeOf(source: Source, index: number): string {
  const before = source.text.slice(0, index);
  const leadingLines = /^\s*/.exec(source.text.slice(index))?.[0].split("\n").length ?? 1;
  return `${source.name}:${before.split("\n").length + leadingLines - 1}`;
}

/** The text of a literal, or of several joined by `+`. */
function plain(literals: string): string {
  return literals.replace(/["\x60]\s*\+\s*["\x60]/g, "").replace(/^["\x60]|["\x60]$/g, "");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function isLongEnough(text: string): boolean {
  return text.split(" ").filter((word) => /\w/.test(word)).length >= wordsLeast;
}

function draw(all: readonly Passage[], count: number, random: () => number): readonly Passage[] {
  const left = [...all];
  const drawn: Passage[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return drawn;
}

/** Mulberry32: small, and the same numbers on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
