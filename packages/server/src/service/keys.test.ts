import { devNull } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../config/config.ts";
import { readKeys } from "./keys.ts";

const unusable = path.join(devNull, "posthorn");

function configOf(environment: Readonly<Record<string, string>>) {
  return readConfig(
    { allowCidrs: [], logLevel: "info" },
    { POSTHORN_DATA_DIR: unusable, ...environment },
  );
}

const databaseUrl = "postgres://localhost/posthorn";
const encryptionKey = Buffer.alloc(32, 1).toString("base64");

test("with an external database, the error names the missing key, not the folder", async () => {
  const withoutAdminKey = { DATABASE_URL: databaseUrl, POSTHORN_ENCRYPTION_KEY: encryptionKey };
  await expect(readKeys(configOf(withoutAdminKey))).rejects.toMatchObject({
    code: "PH_CONFIG_MISSING",
    message: expect.stringContaining("POSTHORN_ADMIN_KEY"),
  });
  const withoutEncryptionKey = { DATABASE_URL: databaseUrl, POSTHORN_ADMIN_KEY: "k".repeat(32) };
  await expect(readKeys(configOf(withoutEncryptionKey))).rejects.toMatchObject({
    code: "PH_CONFIG_MISSING",
    message: expect.stringContaining("POSTHORN_ENCRYPTION_KEY"),
  });
});

test("without one, the error names the unusable folder", async () => {
  await expect(readKeys(configOf({}))).rejects.toMatchObject({ code: "PH_DATA_DIR" });
});
