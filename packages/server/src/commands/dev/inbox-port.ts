/**
 * The port of the inbox. It must not change between starts, because endpoints that a user has
 * pointed at the inbox keep its address. So the port is stored in a file of the data folder.
 */
import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";

const fileName = "inbox-port";
const portMax = 65_535;

/**
 * Opens the inbox at the stored port or, at the first start, at the port after the API's. If that
 * port is in use, opens the next free one and stores that.
 * @param open listens on a port; rejects with `EADDRINUSE` if the port is in use.
 * @throws PosthornError `PH_PORT_TAKEN` if all `limits.devInboxPortsTried` ports are in use.
 */
export async function openAtKeptPort<Opened>(
  options: { readonly folder: string; readonly host: string; readonly apiPort: number },
  open: (port: number) => Promise<Opened>,
): Promise<Opened> {
  const { folder, host, apiPort } = options;
  const file = path.join(folder, fileName);
  const kept = await readPort(file);
  const first = kept ?? followingPort(apiPort);
  let port = first;
  for (let tried = 0; tried < limits.devInboxPortsTried; tried += 1) {
    try {
      const opened = await open(port);
      if (port !== kept) await keepPort(file, port);
      return opened;
    } catch (error) {
      if (!isInUse(error)) throw error;
      port = followingPort(port);
    }
  }
  throw new PosthornError("PH_PORT_TAKEN", { host, port: first });
}

/** The port after this one. After the last port comes 1024, because lower ports need root. */
function followingPort(port: number): number {
  return port < portMax ? port + 1 : 1_024;
}

/** @returns null if there is no file, or if it contains something else. */
async function readPort(file: string): Promise<number | null> {
  const text = await readFile(file, "utf8").catch(() => "");
  const port = /^\d{1,5}\s*$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= portMax ? port : null;
}

/** Writes the file atomically, because a crash must not leave half a number. */
async function keepPort(file: string, port: number): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    await writeFile(draft, `${port}\n`);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
