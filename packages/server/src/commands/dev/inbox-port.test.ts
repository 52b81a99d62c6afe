import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { openAtKeptPort } from "./inbox-port.ts";

const host = "127.0.0.1";
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-inbox-"));
});
afterEach(() => rm(folder, { recursive: true }));

const inUse = () => Object.assign(new Error("in use"), { code: "EADDRINUSE" });

/** Opens the inbox while other programs use the ports `taken`. */
const openBeside = (taken: readonly number[], apiPort = 8420) =>
  openAtKeptPort({ folder, host, apiPort }, async (port) => {
    if (taken.includes(port)) throw inUse();
    return port;
  });

test("is the port after the API's, and stays so when the API has another", async () => {
  expect(await openBeside([8420])).toBe(8421);
  expect(await openBeside([], 9000)).toBe(8421);
  expect(await readFile(path.join(folder, "inbox-port"), "utf8")).toBe("8421\n");
});

test("is the next free one if that is in use, and is then kept", async () => {
  expect(await openBeside([8421, 8422])).toBe(8423);
  expect(await openBeside([])).toBe(8423);
  expect(await openBeside([8423])).toBe(8424);
  expect(await openBeside([])).toBe(8424);
  expect(await readdir(folder)).toEqual(["inbox-port"]);
});

test.each(["", "x", "0", "65536", "8421 8422", "-1"])(
  "a kept %j is replaced by the port after the API's",
  async (text) => {
    await writeFile(path.join(folder, "inbox-port"), text);
    expect(await openBeside([])).toBe(8421);
  },
);

test("after the last port comes the first that needs no root", async () => {
  expect(await openBeside([], 65_535)).toBe(1_024);
});

test("gives up after as many ports as the limit", async () => {
  const ports = Array.from({ length: limits.devInboxPortsTried }, (_, index) => 8421 + index);
  expect(await openBeside(ports.slice(0, -1))).toBe(ports.at(-1));
  await rm(path.join(folder, "inbox-port"));
  await expect(openBeside(ports)).rejects.toMatchObject({ code: "PH_PORT_TAKEN" });
});

test("notices a port that another program really uses", async () => {
  const listenOn = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer();
      server.once("error", reject).listen(port, host, () => resolve(server));
    });
  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const api = await listenOn(0);
  await writeFile(path.join(folder, "inbox-port"), String(portOf(api)));
  const inbox = await openAtKeptPort({ folder, host, apiPort: portOf(api) }, listenOn);
  expect(portOf(inbox)).not.toBe(portOf(api));
  api.close();
  inbox.close();
});
