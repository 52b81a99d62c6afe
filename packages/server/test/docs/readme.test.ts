/**
 * Follows the README's sections for newcomers exactly as they are written, including the starts and
 * restarts of `npm start`, the variables and the commands.
 */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../src/embedded/port.ts";
import { makeReachableFolder } from "../support/command.ts";
import { pasted } from "../support/pasted.ts";
import { Reader } from "../support/readme-reader.ts";
import { stepsOf, type Step } from "../support/readme.ts";
import { until } from "../support/receiver.ts";
import type { Row } from "../support/service.ts";

const root = path.resolve(import.meta.dirname, "../../../..");
let folder: string;
let text: string;
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-readme-");
  text = await readFile(path.join(root, "README.md"), "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const isPositive = (number: unknown): boolean => typeof number === "number" && number > 0;

const count = (steps: readonly Step[], word: string): number =>
  steps.filter((step) => step.kind === "curl" && step.command.includes(word)).length;

test("five minutes: an endpoint, a delivery, a dead letter, its reason, and its replay", async () => {
  const steps = stepsOf(text, "Five minutes");
  for (const word of ["/webhook_endpoints ", "/webhook_events ", "/rpc/explain", "/rpc/replay"]) {
    expect([word, count(steps, word)]).toEqual([word, expect.toSatisfy(isPositive)]);
  }
  const reader = new Reader(path.join(folder, "five-minutes"), await freePort());
  await reader.follow(steps);
  expect(reader.starts).toBeGreaterThan(1);
  const notDelivered = "$POSTHORN/rest/v1/webhook_deliveries?org_id=eq.$ORG&status=neq.delivered";
  await until(async () => {
    const { json } = await pasted(`curl "${notDelivered}" -H "apikey: $KEY"`, reader.variables);
    return (json as readonly Row[]).length === 0;
  }, "the replay");
  await reader.stop();
}, 180_000);

test("your own platform: an empty catalogue, an event type, and its delivery", async () => {
  const steps = stepsOf(text, "Your own platform");
  const start = steps.find((step) => step.kind === "start");
  expect(start?.environment["POSTHORN_PRESETS"]).toBe("none");
  for (const word of ["/webhook_event_types ", "/webhook_events ", "/webhook_deliveries?"]) {
    expect([word, count(steps, word)]).toEqual([word, expect.toSatisfy(isPositive)]);
  }
  const reader = new Reader(path.join(folder, "own-platform"), await freePort());
  // A reader of this section has followed the previous one, so that section's variables are set.
  const before = stepsOf(text, "Five minutes").filter((step) => step.kind === "set");
  await reader.follow([start!, ...before.filter(({ name }) => name !== "KEY")]);
  await reader.follow(steps);
  const listed = 'curl $POSTHORN/rest/v1/webhook_event_types -H "apikey: $KEY"';
  const { json } = await pasted(listed, reader.variables);
  expect((json as readonly Row[]).length).toBe(1);
  await reader.stop();
}, 120_000);
