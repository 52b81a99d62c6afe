/** A node's network to its database: it can be cut without either side being told. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Link {
  /** The database's address, by way of the link. */
  readonly url: string;
  /** From now on nothing gets through, and nobody is told. */
  cut(): void;
  /** Connections of before are reset; new ones get through. */
  heal(): void;
  close(): Promise<void>;
}

export async function startLink(databaseUrl: string): Promise<Link> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const state = { isCut: false };
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    return socket.on("error", () => socket.destroy());
  };
  const server = createServer((near) => {
    keep(near);
    // Taken by the network's queue, and never answered.
    if (state.isCut) return void near.pause();
    const far = keep(connect({ host: target.hostname, port: Number(target.port || 5432) }));
    near.on("close", () => far.destroy());
    far.on("close", () => {
      if (!state.isCut) near.destroy();
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut() {
      state.isCut = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    heal() {
      state.isCut = false;
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
