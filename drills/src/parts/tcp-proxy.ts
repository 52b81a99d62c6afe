/** A TCP proxy between a node and its database. It can stop forwarding without closing anything. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy {
  /** The database URL, with the proxy's address. */
  readonly url: string;
  /** Stops forwarding data. Neither side gets an error. */
  cut(): void;
  /** Resets the old connections, and forwards new ones. */
  heal(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
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
    // Accepts the connection but never answers, as in a network partition.
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
