/** `npm run sample -- SEED`: runs sample-text.ts with the loader that the tests use. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { module } = await runnerImport(join(root, "tools/sample-text.ts"), {
  root,
  configFile: false,
  logLevel: "error",
});
process.exitCode = module.main(process.argv.slice(2), console.log);
