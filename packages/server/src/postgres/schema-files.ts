/**
 * The files of the schema. The files `migrations/NNNN-name.sql` change tables; each is applied
 * once, in order. The files `sql/functions/*.sql` and `sql/views/*.sql` contain one function or
 * view each. Such a file is applied again if its text differs from the version in the database.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";

/** The folders are next to both `src/` and `dist/`, so the relative paths work from either. */
const migrationsFolder = new URL("../../migrations/", import.meta.url);
const functionsFolder = new URL("../../sql/functions/", import.meta.url);
const viewsFolder = new URL("../../sql/views/", import.meta.url);

export interface SqlFile {
  readonly name: string;
  readonly text: string;
  /** The SHA-256 hash of the text in hexadecimal. */
  readonly hash: string;
}

export interface Migration extends SqlFile {
  readonly number: number;
}

/** This program's migrations, in order. */
export async function readMigrations(
  folder: URL = migrationsFolder,
): Promise<readonly Migration[]> {
  const files = await readSqlFiles(folder);
  return files.map((file) => Object.assign(file, { number: Number(file.name.slice(0, 4)) }));
}

/** Each `name` starts with `functions/`. */
export async function readFunctions(): Promise<readonly SqlFile[]> {
  return readSqlFiles(functionsFolder, "functions/");
}

/** Each `name` starts with `views/`. */
export async function readViews(): Promise<readonly SqlFile[]> {
  return readSqlFiles(viewsFolder, "views/");
}

async function readSqlFiles(folder: URL, prefix = ""): Promise<readonly SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), "utf8");
      return { name: prefix + name, text, hash: createHash("sha256").update(text).digest("hex") };
    }),
  );
}
