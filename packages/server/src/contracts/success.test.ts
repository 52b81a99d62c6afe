import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { ContractSuccess } from "./contract.ts";
import { compileSuccess } from "./success.ts";
import { changed } from "./testing/rendering.ts";

const refuse = (reason: string): Error => new Error(reason);

function judge(success: ContractSuccess | undefined, responseStatus: number | null, body = "") {
  const response = { responseStatus, responseBody: body, responseBodyCut: false };
  return compileSuccess(success, refuse)(response);
}

const allStatuses = Array.from({ length: 1_000 }, (_, status) => status);
const successes = (success?: ContractSuccess): readonly number[] =>
  allStatuses.filter((status) => judge(success, status).isSuccess);

test("without rules, exactly 200 to 299 is a success", () => {
  expect(successes()).toEqual(Array.from({ length: 100 }, (_, index) => 200 + index));
  expect(judge(undefined, null)).toEqual({ isSuccess: false, isFinal: false, reason: null });
});

test("statuses and ranges of them, and nothing else, count as delivered", () => {
  expect(successes({ statuses: [200, "202-204", "301"] })).toEqual([200, 202, 203, 204, 301]);
  expect(judge({ statuses: [200] }, null).isSuccess).toBe(false);
  expect(judge({ statuses: [200, "301-302"] }, 204)).toEqual({
    isSuccess: false,
    isFinal: false,
    reason: "The contract does not count status 204 as delivered, only 200, 301-302.",
  });
  expect(judge({ statuses: [200] }, 500).reason).toBeNull();
});

test("a status can end the retries", () => {
  const rules: ContractSuccess = { finalStatuses: [403, "405-406"] };
  const final = allStatuses.filter((status) => judge(rules, status).isFinal);
  expect(final).toEqual([403, 405, 406]);
  expect(judge(rules, 403).reason).toBe("The contract does not retry after status 403.");
  expect(judge(rules, 204).isSuccess).toBe(true);
});

describe("a body", () => {
  test("can have to contain a text", () => {
    const rules: ContractSuccess = { body: { contains: "[accepted]" } };
    expect(judge(rules, 200, "ok [accepted]").isSuccess).toBe(true);
    expect(judge(rules, 200, "accepted")).toEqual({
      isSuccess: false,
      isFinal: false,
      reason:
        'The contract requires that the response\'s body contains "[accepted]", and it does not.',
    });
    expect(judge(rules, 500, "[accepted]").isSuccess).toBe(false);
    const cut = { responseStatus: 200, responseBody: "a", responseBodyCut: true };
    expect(compileSuccess(rules, refuse)(cut).reason).toMatch(/read its first 16384 bytes\.$/);
  });

  test("can have to be empty", () => {
    const rules: ContractSuccess = { body: { isEmpty: true } };
    expect(judge(rules, 200).isSuccess).toBe(true);
    expect(judge(rules, 200, " ").isSuccess).toBe(false);
  });

  test("can have to be JSON with a member", () => {
    const rules: ContractSuccess = { body: { member: "result.0.ok", value: true } };
    expect(judge(rules, 200, '{"result":[{"ok":true}]}').isSuccess).toBe(true);
    for (const body of ['{"result":[{"ok":"true"}]}', '{"result":null}', "null", "", "{"]) {
      expect(judge(rules, 200, body).isSuccess, body).toBe(false);
    }
    const inherited: ContractSuccess = { body: { member: "constructor.name", value: "Object" } };
    expect(judge(inherited, 200, "{}").isSuccess).toBe(false);
  });
});

test.each<[string, ContractSuccess, string]>([
  ["a status too low", { statuses: [99] }, "/success/statuses/0: 99 is .*; the nearest is 200"],
  ["a status too high", { statuses: [200, 600] }, "/success/statuses/1: .*; the nearest is 599"],
  ["a class", { statuses: ["2xx"] }, "2xx is neither .*; the nearest is 200-299"],
  ["a range backwards", { statuses: ["299-200"] }, "the nearest is 200-299"],
  ["no number", { finalStatuses: ["gone"] }, "/success/finalStatuses/0: gone is neither"],
  ["a success that ends retries", { finalStatuses: ["290-310"] }, "290-310 counts as delivered"],
  ["two rules for the body", { body: { contains: "a", isEmpty: true } }, "exactly one of contains"],
  ["a member without its value", { body: { member: "a" } }, "/success/body needs exactly one"],
  ["a value without its member", { body: { contains: "a", value: 1 } }, "exactly one of contains"],
])("%s is refused", (_name, rules, message) => {
  expect(() => compileSuccess(rules, refuse)).toThrow(new RegExp(message));
});

test("the example of docs/contracts.md works", async () => {
  const page = await readFile(new URL("../../../../docs/contracts.md", import.meta.url), "utf8");
  const example = /```json\n("success": [\s\S]*?)```/.exec(page)?.[1] ?? "";
  const contract = changed(JSON.parse(`{${example}}`) as { readonly success: ContractSuccess });
  const response = { responseBodyCut: false, responseBody: "[accepted]" };
  expect(contract.judge({ ...response, responseStatus: 302 }).isSuccess).toBe(true);
  expect(contract.judge({ ...response, responseStatus: 204 }).isSuccess).toBe(false);
  expect(contract.judge({ ...response, responseStatus: 406 }).isFinal).toBe(true);
});
