/** If an event's schema check takes too long, the event is rejected and the node continues. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startTestService, type Answered, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
  for (const check of ["refuse", "warn"]) {
    await posthorn.api.post("/rest/v1/webhook_event_types", {
      name: `slow.${check}`,
      description: "A schema whose pattern takes twice as long for each character more.",
      schema: { properties: { text: { pattern: String.raw`^(\w+\s?)*$` } } },
      schema_check: check,
    });
  }
});
afterAll(() => posthorn.close());

const publish = (org_id: string, event_type: string, text: string): Promise<Answered> =>
  posthorn.api.post(
    "/rest/v1/webhook_events",
    { org_id, event_type, data: { text } },
    { prefer: "return=representation" },
  );

const hostile = `${"a".repeat(60)}!`;

test("the event is rejected, its org pauses for a while, and others publish as usual", async () => {
  const [org, other] = [posthorn.newOrg(), posthorn.newOrg()];
  const refused = await publish(org, "slow.refuse", hostile);
  expect([refused.status, refused.row["code"]]).toEqual([422, "PH_EVENT_CHECK_TOO_LONG"]);
  const resting = await publish(org, "slow.refuse", "fine");
  expect([resting.status, resting.row["code"]]).toEqual([503, "PH_EVENT_CHECKS_REST"]);
  expect(resting.headers.get("retry-after")).toBe(String(limits.schemaCheckRestMs / 1000));
  expect((await publish(other, "slow.refuse", "fine")).status).toBe(201);
  await new Promise((resolve) => setTimeout(resolve, limits.schemaCheckRestMs));
  expect((await publish(org, "slow.refuse", "fine")).status).toBe(201);
});

test("the event is published with a warning if the type only warns", async () => {
  const org = posthorn.newOrg();
  for (const text of [hostile, hostile]) {
    const { status, row } = await publish(org, "slow.warn", text);
    expect(status).toBe(201);
    expect(row["schema_warning"]).toBe("The data was not checked, because that takes too long.");
  }
});
