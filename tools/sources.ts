/** Reads the project's own source files, for the checks in this folder. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

export interface Source {
  /** The path relative to the project's root, with forward slashes. */
  readonly name: string;
  readonly text: string;
}

/** All files below `folder` that end with one of `extensions`, without built files. */
export function sources(folder: string, ...extensions: readonly string[]): readonly Source[] {
  return (
    readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && extensions.some((each) => entry.name.endsWith(each)))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => !/[/\\](node_modules|dist|\.git|\.posthorn)[/\\]/.test(file))
      .filter((file) => !/[/\\]server[/\\](?:console|docs)(?:\.\d+)?[/\\]/.test(file))
      // Omits this generated file. Another test compares it with its source.
      .filter((file) => !file.endsWith(path.join("console", "src", "api", "openapi.ts")))
      .map((file) => ({
        name: path.relative(root, file).split(path.sep).join("/"),
        text: readFileSync(file, "utf8"),
      }))
  );
}

export function isTest(source: Source): boolean {
  return /\.(test|testsuite)\.ts$|\/testing\/|\/test\//.test(source.name);
}
