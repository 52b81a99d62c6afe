import { expect, test } from "vitest";
import { document } from "../../contracts/testing/rendering.ts";
import { compileContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { noTimings, type Destination, type Destinations } from "../ports.ts";
import { AttemptMessage } from "./send.ts";
import { notAboutReceiver } from "./shortage.ts";

const endpoint: Endpoint = {
  id: "0195bc6c-5d00-7000-8000-0000000000e0",
  orgId: "0195bc6c-5d00-7000-8000-0000000000f0",
  destination: "http",
  url: "https://example.com/",
  isActive: true,
  contract: "mine",
  headers: {},
  inFlightMax: 1,
  ratePerSecond: null,
  version: 1,
  secrets: [{ name: null, secret: "text", expiresAtMs: null, switchAtMs: null }],
};
const response = {
  responseStatus: null,
  responseHeaders: {},
  responseBody: "",
  responseBodyCut: false,
  isResent: false,
  durationMs: 0,
  timings: noTimings,
  remoteAddress: null,
};
const opened: Destination = {
  async send(message) {
    const signed = message.sign();
    if (!("class" in signed)) throw new Error("It was sent.");
    return { ...response, error: signed };
  },
  close: () => Promise.resolve(),
};
const destinations: Destinations = { http: opened, cli: opened };

/** Tries to send this data, and returns the error and what was reported as an internal fault. */
async function sending(dataJson: string, changed: Partial<Endpoint> = {}) {
  const { body: _, ...rest } = document();
  const contract = compileContract({
    ...rest,
    form: "{event.data}",
    headers: { "x-a": "{signature.a}" },
    signatures: { a: {} },
  });
  const faults: unknown[] = [];
  const message = new AttemptMessage({
    delivery: {
      id: "0195bc6c-5d00-7000-8abc-123456789a00",
      event: { id: "event", orgId: endpoint.orgId, type: "t", timestampMs: 0, dataJson },
      endpointId: endpoint.id,
      endpointVersion: 1,
      lease: { id: "lease", untilMs: 60_000 },
      attempts: 0,
      attemptsBeforeRound: 0,
    },
    endpoint: { ...endpoint, ...changed },
    contract,
    clock: { now: () => 0 },
    observer: { sendThrew: (_id, fault) => faults.push(fault) },
  });
  const { error } = await message.sendThrough(destinations);
  return { error, faults };
}

test("data that the contract cannot send is final, and no fault of Posthorn or the receiver", async () => {
  const { error, faults } = await sending("[1]");
  expect(error).toMatchObject({
    class: "internal",
    isFinal: true,
    message: "The contract sends the data as a form, but it is not an object.",
  });
  expect(faults).toEqual([]);
  expect(notAboutReceiver.has("internal")).toBe(true);
});

test("a secret that is missing is reported, and may be there at the next attempt", async () => {
  const { error, faults } = await sending("{}", { secrets: [] });
  expect(error).toMatchObject({ class: "internal", isFinal: false });
  expect(faults).toHaveLength(1);
});
