/** The console's types match the API's OpenAPI document. `npm run docs` generates them. */
import openapiTypescript, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";
import { startTestService } from "../../server/test/support/service.ts";

const heading = "/** Generated from the API's OpenAPI document by `npm run docs`. */\n";

test("packages/console/src/api/openapi.ts equals the API's document", async () => {
  const posthorn = await startTestService();
  try {
    const { text } = await posthorn.api.get("/openapi.json");
    const types = astToString(await openapiTypescript(text));
    await expect(heading + types).toMatchFileSnapshot("../src/api/openapi.ts");
  } finally {
    await posthorn.close();
  }
});
