/** An answer that would fill the memory is refused, and one just below the bound is not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../src/limits.ts";
import { publish } from "./support/flow.ts";
import { startTestService, type TestService } from "./support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

test("an answer may have its bound in bytes, and not one more", async () => {
  const orgId = posthorn.newOrg();
  await publish(posthorn.api, orgId);
  // One row whose data is nearly the bound; the rest of the answer is measured.
  const { pool } = posthorn.service;
  const write = (chars: number): Promise<unknown> =>
    pool.query("update posthorn.events set data = to_json(repeat('x', $2)) where org_id = $1", [
      orgId,
      chars,
    ]);
  await write(0);
  const path = `/rest/v1/webhook_events?select=data&org_id=eq.${orgId}`;
  const restChars = (await posthorn.api.get(path)).text.length;
  await write(limits.answerBytesMax - restChars);
  const fits = await posthorn.api.get(path);
  expect(fits.status).toBe(200);
  expect(fits.text).toHaveLength(limits.answerBytesMax);
  await write(limits.answerBytesMax - restChars + 1);
  const refused = await posthorn.api.get(path);
  expect(refused.status).toBe(400);
  expect(refused.row["code"]).toBe("PH_ANSWER_TOO_LARGE");
});
