/**
 * `npm run fuzz -- --cases N --seed N --only NAME --path PATH` runs the fuzz targets of
 * packages/server/test/fuzz with many cases. It exits with 1 if a target fails. It runs the
 * TypeScript files directly, with the loader that the tests use.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const { module } = await runnerImport(join(root, "packages/server/test/fuzz/cli.ts"), {
  root,
  configFile: false,
  logLevel: "error",
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"] } },
});
process.exitCode = await module.main(process.argv.slice(2), console.log);
