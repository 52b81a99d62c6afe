/** Ids as Svix writes them are computed from UUIDs and back. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOrgId } from "./org-id.ts";
import { uuidV7 } from "./id.ts";
import { hasSvixPrefix, messageIdOf, svixId, svixPrefixes, uuidOfSvixId } from "./svix-id.ts";
import type { SvixKind } from "./svix-id.ts";

const kinds = Object.keys(svixPrefixes) as readonly SvixKind[];

/** Other code for the same 27 digits: a BigInt of the 20 bytes. */
function expectedDigits(seconds: number, uuid: string): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let value = (BigInt(seconds) << 128n) + BigInt(`0x${uuid.replaceAll("-", "")}`);
  let digits = "";
  for (let at = 0; at < 27; at += 1) {
    digits = alphabet.charAt(Number(value % 62n)) + digits;
    value /= 62n;
  }
  return digits;
}

test("an id contains the seconds since the KSUID's epoch, and the UUID", () => {
  const id = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77";
  const seconds = Math.floor(0x019ad4c03f6e / 1000) - 1_400_000_000;
  expect(svixId("message", id)).toBe(`msg_${expectedDigits(seconds, id)}`);
  expect(svixId("message", id)).toHaveLength(31);
});

test("every UUID has one id, and the id has one UUID", () => {
  fc.assert(
    fc.property(fc.uuid(), fc.constantFrom(...kinds), (uuid, kind) => {
      const id = svixId(kind, uuid);
      expect(id).toMatch(/^[a-z]+_[0-9A-Za-z]{27}$/);
      expect(uuidOfSvixId(kind, id)).toBe(uuid);
    }),
  );
  for (const uuid of [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "00000000-0000-7000-8000-000000000000",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
    parseOrgId("acme").id,
  ]) {
    expect(uuidOfSvixId("app", svixId("app", uuid))).toBe(uuid);
  }
});

test("ids of UUID v7 sort by time", () => {
  const bytes = new Uint8Array(10);
  const times = [0, 1, 999, 1000, 1001, 86_400_000].map((ms) => 1_800_000_000_000 + ms);
  const ids = times.map((ms) => svixId("endpoint", uuidV7(ms, bytes)));
  expect(ids.toSorted()).toEqual(ids);
});

test("a text that no object has is not an id", () => {
  const id = svixId("app", "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77");
  for (const text of [
    "",
    "app_",
    "acme",
    id.replace("app_", "ep_"),
    id.slice(0, -1),
    `${id}0`,
    id.replace(/.$/, "-"),
    // Larger than 20 bytes.
    `app_${"z".repeat(27)}`,
    // The UUID is a v7 of another time than the id's.
    `app_1${id.slice(5)}`,
  ]) {
    expect(uuidOfSvixId("app", text)).toBeNull();
  }
  expect(hasSvixPrefix("app", id)).toBe(true);
  expect(hasSvixPrefix("endpoint", id)).toBe(false);
});

test("a message keeps the id that another service gave it", () => {
  const id = "019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77";
  const computed = svixId("message", id);
  expect(messageIdOf({ id })).toBe(computed);
  expect(messageIdOf({ id, externalId: "order-1" })).toBe(computed);
  expect(messageIdOf({ id, externalId: "msg_p5jXN8AQM9LWM0D4loKWxJek" })).toBe(
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
  );
});
