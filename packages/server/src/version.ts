/** The program's version, from its package.json: a sibling of both `src/` and `dist/`. */
import { readFileSync } from "node:fs";

interface PackageJson {
  readonly version: string;
}

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");

export const version: string = (JSON.parse(text) as PackageJson).version;
