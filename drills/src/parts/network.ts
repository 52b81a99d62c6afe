/**
 * A network of its own for a node: a namespace, which a bridge and a pair of virtual cards connect
 * with this machine. When the link is cut, packets vanish, and neither side is told: no FIN, no RST.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

/** All addresses are in it. */
export const networkCidr = "10.203.0.0/16";

export interface Network {
  /** This machine's address on the link. */
  readonly outerAddress: string;
  readonly innerAddress: string;
  /** Runs the command that follows inside. */
  readonly within: readonly string[];
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** What was made is gone then. The processes inside must have ended. */
  close(): Promise<void>;
}

/** @returns what is missing, where none can be made. */
export async function startNetwork(): Promise<Network | string> {
  // Its namespace lasts as long as its processes. This one ends with ours, however ours ends.
  const holder = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "pipe", "ignore"] });
  const names = namesOf(process.pid);
  try {
    await hasStarted(holder);
    const within = ["nsenter", `--net=/proc/${holder.pid}/ns/net`, "--"];
    await connect(names, holder.pid ?? 0, within);
    return {
      outerAddress: names.outerAddress,
      innerAddress: names.innerAddress,
      within,
      cut: () => ip("link", "set", names.outer, "down"),
      heal: () => ip("link", "set", names.outer, "up"),
      close: () => close(names, holder),
    };
  } catch (error) {
    await close(names, holder);
    const reason = error instanceof Error ? error.message : String(error);
    return `no network namespace can be made: ${reason.trim().split("\n").at(-1)}`;
  }
}

interface Names {
  readonly bridge: string;
  readonly outer: string;
  readonly inner: string;
  readonly outerAddress: string;
  readonly innerAddress: string;
}

/** Another drill at the same time has others. */
function namesOf(pid: number): Names {
  const network = `10.203.${pid & 255}`;
  const first = ((pid >> 8) & 63) * 4;
  return {
    bridge: `drill${pid}b`,
    outer: `drill${pid}o`,
    inner: `drill${pid}i`,
    outerAddress: `${network}.${first + 1}`,
    innerAddress: `${network}.${first + 2}`,
  };
}

const outerMac = "02:00:00:00:cb:01";
const innerMac = "02:00:00:00:cb:02";

/**
 * The bridge keeps its routes while the link is down. Each side knows the other's card, or it would
 * notice within seconds that nobody says who has the address: behind a router it would not.
 */
async function connect(names: Names, pid: number, within: readonly string[]): Promise<void> {
  const { bridge, outer, inner, outerAddress, innerAddress } = names;
  await ip("link", "add", bridge, "address", outerMac, "type", "bridge");
  await ip("address", "add", `${outerAddress}/30`, "dev", bridge);
  await ip("link", "set", bridge, "up");
  await ip("link", "add", outer, "type", "veth", "peer", "name", inner);
  await ip("link", "set", outer, "master", bridge);
  await ip("link", "set", inner, "netns", String(pid), "address", innerMac);
  await ip("link", "set", outer, "up");
  const inside = async (...words: readonly string[]): Promise<void> => {
    const [program = "", ...first] = within;
    await run(program, [...first, "ip", ...words]);
  };
  await inside("link", "set", "lo", "up");
  await inside("address", "add", `${innerAddress}/30`, "dev", inner);
  await inside("link", "set", inner, "up");
  const isThere = ["nud", "permanent"];
  await inside("neighbour", "add", outerAddress, "lladdr", outerMac, "dev", inner, ...isThere);
  await ip("neighbour", "add", innerAddress, "lladdr", innerMac, "dev", bridge, ...isThere);
}

async function ip(...words: readonly string[]): Promise<void> {
  await run("ip", [...words]);
}

/** `cat` answers when the namespace is there. @throws Error if it ends instead. */
async function hasStarted(holder: ChildProcess): Promise<void> {
  const ended = once(holder, "exit").then(() => Promise.reject(new Error("unshare was refused")));
  holder.stdin?.on("error", () => undefined);
  holder.stdin?.write("?");
  await Promise.race([once(holder.stdout ?? holder, "data"), ended]);
}

async function close({ bridge, outer }: Names, holder: ChildProcess): Promise<void> {
  if (holder.pid !== undefined && holder.exitCode === null && holder.signalCode === null) {
    const exited = once(holder, "exit");
    holder.kill("SIGKILL");
    await exited;
  }
  for (const link of [outer, bridge]) await ip("link", "delete", link).catch(() => undefined);
}
