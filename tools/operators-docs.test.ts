/**
 * The pages for operators: their commands and files are valid, and everything that they name
 * exists.
 */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chartValues, exists, read } from "./deploy.ts";
import { sources } from "./sources.ts";

const pages = sources("docs/operators", ".md");

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = "", block = ""]) => ({
    page: name,
    language,
    text: block,
  })),
);

const of = (language: string): readonly Block[] =>
  blocks.filter((block) => block.language === language);

test("every shell block can be parsed", () => {
  expect(of("sh").length).toBeGreaterThan(15);
  for (const { page, text } of of("sh")) {
    // Only parses the commands. A shell reads `…` and upper-case placeholders as ordinary words.
    const parseOnly = (): string =>
      execFileSync("bash", ["-n"], { input: text, stdio: "pipe" }) + "";
    expect(parseOnly, `${page}: ${text}`).not.toThrow();
  }
});

test("every command of Posthorn's in them exists", () => {
  const reference = read("docs/reference/command-line.md");
  const commands = of("sh").flatMap(({ text }) =>
    [...text.matchAll(/^posthorn (?:--profile \w+ )?([a-z-]+(?: (?:list|create|apply))?)/gm)].map(
      ([, name = ""]) => name,
    ),
  );
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((name) => !reference.includes(`## posthorn ${name}\n`))).toEqual([]);
});

test("every YAML block can be parsed", () => {
  expect(of("yaml").length).toBeGreaterThan(3);
  for (const { page, text } of of("yaml")) {
    expect(() => parse(text) as unknown, `${page}: ${text}`).not.toThrow();
  }
});

test("the scrape configuration on the page is the file", () => {
  const shown = of("yaml").find(({ text }) => text.includes("scrape_configs"));
  expect(parse(shown?.text ?? "")).toEqual(parse(read("deploy/prometheus/prometheus.yml")));
});

test("every file that they name exists", () => {
  const named = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/`((?:deploy\/|compose|Dockerfile|docs\/)[\w./-]*)`/g)].map(
      ([, file = ""]) => [name, file] as const,
    ),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(([, file]) => !exists(file))).toEqual([]);
});

describe("kubernetes.md", () => {
  const { text } = pages.find(({ name }) => name.endsWith("kubernetes.md")) ?? { text: "" };

  test("sets only values that the chart has", () => {
    const values = chartValues() as unknown as Readonly<Record<string, unknown>>;
    const set = [...text.matchAll(/--set ([\w.]+)=|`((?:ingress|serviceMonitor)\.\w+)`/g)].map(
      ([, option, mentioned]) => option ?? mentioned ?? "",
    );
    expect(set.length).toBeGreaterThan(5);
    const unknown = set.filter((name) => {
      const [first = "", second] = name.split(".");
      const value = values[first];
      if (first === "env" || second === undefined) return value === undefined;
      return !(typeof value === "object" && value !== null && second in value);
    });
    expect(unknown).toEqual([]);
  });

  test("says how long a stop takes by default", () => {
    const { preStopSeconds, drainSeconds, closeSeconds } = chartValues().stop;
    expect(text).toContain(
      `\`preStop\` waits ${preStopSeconds} s while load balancers remove the pod, the drain takes ` +
        `up to ${drainSeconds} s, and closing up to ${closeSeconds} s. The grace period is the ` +
        `sum, ${preStopSeconds + drainSeconds + closeSeconds} s.`,
    );
  });
});
