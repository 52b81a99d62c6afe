import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { systemRandom } from "../service/database-clock.ts";
import { createSecretBox } from "../model/secret-box.ts";
import { createEndpointRegistry } from "./endpoints.ts";

test("names of URLs are resolved in advance, each once, and nothing is rejected there", async () => {
  const asked: string[] = [];
  const registry = createEndpointRegistry({
    transport: {
      checkUrl: (url) => {
        asked.push(url);
        return url.includes("bad") ? Promise.reject(new Error("refused")) : Promise.resolve(url);
      },
    },
    transformations: { check: () => Promise.resolve(null) },
    contracts: new Map(),
    defaultContract: "standard",
    secretBox: createSecretBox(randomBytes(32).toString("base64")),
    random: systemRandom,
  });
  const good = "https://good.example/";
  const urls = [good, good, "https://bad.example/", undefined, null, 7];
  await registry.lookUp(
    "an org",
    urls.map((url) => ({ url })),
  );
  expect(asked).toEqual([good, "https://bad.example/"]);
});
