import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { pauseMsOf } from "./svix-server.ts";

test.each([
  [null, limits.importPauseMs],
  ["0", limits.importPauseMs],
  ["Wed, 21 Oct 2026 07:28:00 GMT", limits.importPauseMs],
  ["7", 7_000],
  ["60", limits.importPauseMsMax],
  ["61", limits.importPauseMsMax],
  ["-5", limits.importPauseMs],
])("Retry-After %j means a pause of %d ms", (retryAfter, pauseMs) => {
  expect(pauseMsOf(retryAfter)).toBe(pauseMs);
});
