import { expect, test } from "vitest";
import { outcomeOf } from "./failures.ts";

const nothing = { response_status: null, succeeded: false, error: null, error_message: null };

test("every class of error that an attempt can have is explained, with what to do", () => {
  const classes = ["address", "dns", "connect", "tls", "timeout", "closed", "protocol", "internal"];
  const titles = classes.map((error) => outcomeOf({ ...nothing, error }));
  expect(new Set(titles.map((each) => each.title)).size).toBe(classes.length);
  for (const { advice } of titles) expect(advice).not.toBeNull();
});

test("an error that is new to the console is told in the server's words", () => {
  const told = outcomeOf({ ...nothing, error: "gremlins", error_message: "It was gremlins." });
  expect(told.meaning).toBe("It was gremlins.");
});

test("what counted as delivered is a success, and every other status says so", () => {
  for (let status = 200; status <= 599; status += 1) {
    for (const succeeded of [true, false]) {
      const { title, advice } = outcomeOf({ ...nothing, response_status: status, succeeded });
      expect(title).toContain(String(status));
      expect(advice === null, title).toBe(succeeded);
      expect(title.endsWith(": delivered"), title).toBe(succeeded);
    }
  }
});
