import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { curlOf } from "./curl.ts";

test("a shell reads back every header and the body, whatever is in them", () => {
  const body = `{"note":"it's $HOME \\n \`id\` \u202e‮ \\"quoted\\""}\n`;
  const command = curlOf({
    method: "POST",
    url: "https://receiver.example/a?b='c'",
    headers: [
      { name: "host", value: "receiver.example" },
      { name: "content-length", value: "1" },
      { name: "x-odd", value: "it's; rm -rf $X" },
    ],
    body,
  });
  const words = execFileSync("sh", ["-c", `curl() { printf '%s\\0' "$@"; }; ${command}`])
    .toString()
    .split("\0");
  expect(words.slice(0, -1)).toEqual([
    "-i",
    "-X",
    "POST",
    "https://receiver.example/a?b='c'",
    "-H",
    "x-odd: it's; rm -rf $X",
    "--data-raw",
    body,
  ]);
});
