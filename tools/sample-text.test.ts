import { expect, test } from "vitest";
import { commentsIn, describedIn, drawSample, main, sentencesOfPage } from "./sample-text.ts";

test("the same seed draws the same sample of 60 sentences and 60 comments", () => {
  const first = drawSample(7);
  expect(first.sentences).toHaveLength(60);
  expect(first.comments).toHaveLength(60);
  expect(new Set(first.comments.map(({ place }) => place)).size).toBe(60);
  expect(drawSample(7)).toEqual(first);
  expect(drawSample(8)).not.toEqual(first);
});

test("sentences are drawn from the code, the README and the pages of the docs", () => {
  const drawn = [1, 2, 3, 4, 5, 6].flatMap((seed) => drawSample(seed).sentences);
  const files = new Set(drawn.map(({ place }) => place.split(":")[0] ?? ""));
  expect([...files].filter((file) => /^docs\/[a-z]+\.md$/.test(file))).not.toEqual([]);
  expect([...files].filter((file) => file.startsWith("docs/operators/"))).not.toEqual([]);
  expect([...files].filter((file) => file.endsWith("README.md"))).not.toEqual([]);
  expect([...files].filter((file) => file.endsWith(".ts"))).not.toEqual([]);
  expect(files).not.toContain("docs/reference/errors.md");
});

test("a seed that is not a whole number is rejected", () => {
  const lines: string[] = [];
  expect(main(["x"], (line) => lines.push(line))).toBe(2);
  expect(lines).toEqual(["The seed must be a whole number, not x."]);
});

test("comments are found with the line on which they start", () => {
  const text =
    "const a = 1;\n\n/**\n * One comment\n * on two lines.\n */\n  // And two lines\n  // that are one.\n";
  expect(commentsIn({ name: "a.ts", text })).toEqual([
    { place: "a.ts:3", text: "One comment on two lines." },
    { place: "a.ts:7", text: "And two lines that are one." },
  ]);
  expect(
    commentsIn({ name: "a.sql", text: "select 1;\n-- Why it selects\n-- only one row.\n" }),
  ).toEqual([{ place: "a.sql:2", text: "Why it selects only one row." }]);
});

test("sentences of the code are errors, descriptions and log messages", () => {
  const text = [
    'entry(400, "The URL is not valid: {reason}.",',
    '  "Give an absolute https URL. Or leave it out entirely."),',
    'description: "A text that " +',
    '  "goes over two lines.",',
    'logger.warn({ error }, "a probe could not be sent");',
    'const other = "a string that nobody is shown";',
  ].join("\n");
  const found = describedIn({ name: "src/errors/a.ts", text });
  expect(found.map((each) => `${each.place} ${each.text}`).toSorted()).toEqual([
    "src/errors/a.ts:1 The URL is not valid: {reason}.",
    "src/errors/a.ts:2 Give an absolute https URL.",
    "src/errors/a.ts:2 Or leave it out entirely.",
    "src/errors/a.ts:3 A text that goes over two lines.",
    "src/errors/a.ts:5 a probe could not be sent",
  ]);
});

test("sentences of a page come from its paragraphs, lists and tables, not from code", () => {
  const text =
    "# A title of a page\n\nOne sentence that\ngoes on. Another sentence stands here.\n\n- An item in a list.\n\n```\nsome code in a block\n```\n\n| a cell of a table | x |\n";
  expect(sentencesOfPage({ name: "a.md", text })).toEqual([
    { place: "a.md:3", text: "One sentence that goes on." },
    { place: "a.md:3", text: "Another sentence stands here." },
    { place: "a.md:6", text: "- An item in a list." },
    { place: "a.md:12", text: "a cell of a table" },
  ]);
});
