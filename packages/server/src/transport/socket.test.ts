import { expect, test } from "vitest";
import { openSocket } from "./socket.ts";
import { eventually, receive } from "./testing/receivers.ts";

test.each([false, true])(
  "a socket connected to an unchecked address is never ready (TLS: %s)",
  async (secure) => {
    const trap = await receive((socket) => socket.resume());
    const error = await new Promise<Error | null>((resolve) => {
      openSocket({
        // An IP address as the host needs no DNS query.
        target: {
          secure,
          hostname: "127.0.0.1",
          port: trap.port,
          addresses: ["127.0.0.8", "127.0.0.9"],
        },
        ca: undefined,
        session: undefined,
        onSession: () => {},
        onConnected: () => resolve(null),
        onReady: resolve,
      });
    });
    expect(error?.message).toMatch(/an address that was not checked/);
    await eventually(() => trap.open === 0, "the trap's socket is closed");
    await trap.close();
  },
);
