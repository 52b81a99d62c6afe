import { expect, test } from "vitest";
import { hostileTexts } from "../../testing/hostile-texts.ts";
import { firstSteps, sampleArrived } from "./first-steps.ts";

test.each(hostileTexts)("%j in a webhook prints on its own line", (text) => {
  const lines = (verified: boolean, hostile: string): readonly string[] =>
    sampleArrived(
      {
        receivedAt: "2026-11-23T00:00:00Z",
        path: `/inbox${hostile}`,
        headers: { "x-tenant": hostile, [`x-${hostile}`]: "value" },
        body: hostile,
        verified,
        problem: verified ? null : hostile,
      },
      1,
    ).split("\n");
  for (const verified of [true, false]) {
    expect(lines(verified, text)).toHaveLength(lines(verified, "harmless").length);
    for (const line of lines(verified, text)) {
      expect(line).toMatch(/^[^\p{Cc}\u2028\u2029\u202e]*$/u);
    }
  }
});

test("names the file with the encryption key of a database of one's own", () => {
  const places = {
    url: "http://a",
    adminKey: "k",
    inboxUrl: "http://b",
    orgId: "o",
    endpointId: "e",
    event: null,
    presets: "No presets.",
  };
  const file = "/data/encryption-key";
  expect(firstSteps({ ...places, encryptionKeyFile: file })).toContain(
    `encrypted with the key in ${file}. Set POSTHORN_ENCRYPTION_KEY to it`,
  );
  expect(firstSteps({ ...places, encryptionKeyFile: null })).not.toContain("encrypted");
});
