/**
 * A separate network for a node: a network namespace, connected to this machine through a second
 * namespace that acts as a switch. When the switch cuts the link, packets vanish without a FIN or
 * RST, so neither side notices.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The range that contains all addresses of these networks. */
export const networkCidr = "10.203.0.0/16";

export interface Network {
  /** This machine's address on the link to the namespace. */
  readonly outerAddress: string;
  readonly innerAddress: string;
  /** A command that runs the given command line inside the namespace. */
  readonly within: readonly string[];
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Removes the network. The processes inside it must have ended before. */
  close(): Promise<void>;
}

/**
 * @returns the network, or, if this machine cannot create one, a text that says what is missing.
 */
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
 * A namespace and its links exist as long as a process runs in it. The process here ends when the
 * drill ends, even if the drill is killed.
 */
class Namespace {
  readonly #holder: ChildProcess = spawn("unshare", ["--net", "cat"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  readonly #ended = once(this.#holder, "exit");

  constructor() {
    // The process may fail before anything awaits it.
    this.#ended.catch(() => undefined);
    this.#holder.stdin?.on("error", () => undefined);
  }

  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  get within(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.pid}/ns/net`, "--"];
  }

  /**
   * `cat` echoes a line as soon as the namespace exists.
   * @throws Error if the process ends instead.
   */
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

/** Addresses that no concurrent drill uses. */
function addressesOf(pid: number): Addresses {
  const network = `10.203.${pid & 255}`;
  const first = ((pid >> 8) & 63) * 4;
  return { outerAddress: `${network}.${first + 1}`, innerAddress: `${network}.${first + 2}` };
}

const outerMac = "02:00:00:00:cb:01";
const innerMac = "02:00:00:00:cb:02";

/**
 * Tells each side the other's MAC address. Otherwise both would notice within seconds that ARP
 * fails, which does not happen behind a router.
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
