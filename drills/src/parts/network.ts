/**
 * A separate network for a node: a namespace that is connected with this machine by a switch, which
 * is a namespace as well. When the switch cuts the link, packets vanish, and neither side is told:
 * no FIN, no RST.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Contains all addresses. */
export const networkCidr = "10.203.0.0/16";

export interface Network {
  /** This machine's address on the link. */
  readonly outerAddress: string;
  readonly innerAddress: string;
  /** A command that runs the given command line inside. */
  readonly within: readonly string[];
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Removes the network. The processes inside must have ended. */
  close(): Promise<void>;
}

/** @returns what is missing, if this machine cannot create one. */
export async function startNetwork(): Promise<Network | string> {
  const spaces = [new Namespace(), new Namespace()] as const;
  const [inside, middle] = spaces;
  const close = async (): Promise<void> => {
    for (const space of spaces) await space.close();
  };
  try {
    for (const space of spaces) await space.started();
    const addresses = addressesOf(process.pid);
    await connect(inside, middle, addresses);
    return {
      ...addresses,
      within: inside.within,
      cut: () => middle.ip("link", "set", "to-inside", "down"),
      heal: () => middle.ip("link", "set", "to-inside", "up"),
      close,
    };
  } catch (error) {
    await close();
    const reason = error instanceof Error ? error.message : String(error);
    return `no network namespace can be made: ${reason.trim().split("\n").at(-1)}`;
  }
}

/**
 * It lasts as long as its processes, and so do its links. The process here ends with ours, however
 * ours ends.
 */
class Namespace {
  readonly #holder: ChildProcess = spawn("unshare", ["--net", "cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  readonly #ended = once(this.#holder, "exit");

  constructor() {
    // It may fail before anybody awaits it.
    this.#ended.catch(() => undefined);
    this.#holder.stdin?.on("error", () => undefined);
  }

  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  get within(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`, "--"];
  }

  /** `cat` responds when the namespace exists. @throws Error if it ends instead. */
  async started(): Promise<void> {
    const { stdin, stdout } = this.#holder;
    stdin?.write("?");
    const refused = this.#ended.then(() => Promise.reject(new Error("unshare was refused")));
    await Promise.race([once(stdout ?? this.#holder, "data"), refused]);
  }

  async ip(...words: readonly string[]): Promise<void> {
    const [program = "", ...first] = this.within;
    await run(program, [...first, "ip", ...words]);
  }

  async close(): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#ended.catch(() => undefined);
  }
}

interface Addresses {
  readonly outerAddress: string;
  readonly innerAddress: string;
}

/** Different from those of a concurrent drill. */
function addressesOf(pid: number): Addresses {
  const network = `10.203.${pid & 255}`;
  const first = ((pid >> 8) & 63) * 4;
  return { outerAddress: `${network}.${first + 1}`, innerAddress: `${network}.${first + 2}` };
}

const outerMac = "02:00:00:00:cb:01";
const innerMac = "02:00:00:00:cb:02";

/**
 * Each side knows the other's MAC address. Otherwise it would notice within seconds that ARP fails;
 * behind a router it would not.
 */
async function connect(
  inside: Namespace,
  middle: Namespace,
  { outerAddress, innerAddress }: Addresses,
): Promise<void> {
  const outer = `drill${process.pid}`;
  const known = (address: string, mac: string): readonly string[] => {
    return ["neighbour", "add", address, "lladdr", mac, "nud", "permanent", "dev"];
  };
  const peer = (name: string, { pid }: Namespace): readonly string[] => {
    return ["type", "veth", "peer", "name", name, "netns", String(pid)];
  };
  await middle.ip("link", "add", "switch", "type", "bridge");
  await middle.ip("link", "set", "switch", "up");
  await ip("link", "add", outer, "address", outerMac, ...peer("to-outside", middle));
  await middle.ip("link", "add", "to-inside", ...peer("card", inside));
  for (const port of ["to-inside", "to-outside"]) {
    await middle.ip("link", "set", port, "master", "switch");
    await middle.ip("link", "set", port, "up");
  }
  await inside.ip("link", "set", "lo", "up");
  await inside.ip("link", "set", "card", "address", innerMac, "up");
  await inside.ip("address", "add", `${innerAddress}/30`, "dev", "card");
  await inside.ip(...known(outerAddress, outerMac), "card");
  await ip("link", "set", outer, "up");
  await ip("address", "add", `${outerAddress}/30`, "dev", outer);
  await ip(...known(innerAddress, innerMac), outer);
}

async function ip(...words: readonly string[]): Promise<void> {
  await run("ip", [...words]);
}
