import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Returns a loopback port for a program that is about to start. It is below the ports that Linux
 * gives to connections and to servers on port 0: other tests, which use those, cannot take it
 * before the program listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
