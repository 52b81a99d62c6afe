/**
 * Tests each `sslmode` with a server that has TLS, a server that has none, and servers that require
 * one or the other.
 */
import { chmod, chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { makeEmbeddedFixture, query, type EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { createAuthority } from "../transport/testing/certificates.ts";
import { connectClient } from "./clients.ts";
import { hostsOf } from "./hosts.ts";

let fixture: EmbeddedFixture;
let port = "";
let folder = "";
const home = process.env["HOME"];
const fileOf = (name: string): string => encodeURIComponent(join(folder, name));

beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
  folder = join(fixture.folder, "tls");
  await mkdir(folder);
  // A home directory without certificates, so that none of the user's certificates apply.
  process.env["HOME"] = folder;
  const [authority, other] = [createAuthority("Test CA"), createAuthority("Other CA")];
  const server = authority.issue(["localhost"]);
  const client = authority.issue(["certified"]);
  const files = {
    "ca.crt": authority.cert,
    "other.crt": other.cert,
    "server.crt": server.cert,
    "server.key": server.key,
    "client.crt": client.cert,
    "client.key": client.key,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const key = join(folder, "server.key");
  // PostgreSQL accepts a key file that belongs to its own user, or to root if the group may read
  // the file.
  if (process.getuid?.() === 0) await chown(key, 0, 65_534);
  await chmod(key, process.getuid?.() === 0 ? 0o640 : 0o600);
  const dataDir = join(fixture.folder, "server");
  const running = await fixture.start({
    dataDir,
    settings: {
      ssl: "on",
      ssl_cert_file: join(folder, "server.crt"),
      ssl_key_file: key,
      ssl_ca_file: join(folder, "ca.crt"),
      dynamic_shared_memory_type: "mmap",
      fsync: "off",
    },
  });
  port = new URL(running.connectionString).port;
  const [shown] = await query(running, "show hba_file");
  const hbaFile = String(shown?.["hba_file"]);
  const rules = [
    "hostssl all tls_only all scram-sha-256",
    "hostnossl all plain_only all scram-sha-256",
    "hostssl all certified all cert",
    "host all tls_only,plain_only,certified all reject",
  ];
  await writeFile(hbaFile, `${rules.join("\n")}\n${await readFile(hbaFile, "utf8")}`);
  for (const user of ["anybody", "tls_only", "plain_only", "certified"]) {
    await query(running, `create role ${user} login password 'p'`);
  }
  await query(running, "select pg_reload_conf()");
});
afterAll(async () => {
  process.env["HOME"] = home;
  await fixture.close();
});

/** Returns whether a connection to this URL is encrypted. */
async function isEncrypted(url: string): Promise<boolean> {
  const found = await hostsOf(url).find();
  const client = await connectClient(found, { name: "posthorn", statementMs: null });
  try {
    const { rows } = await client.query<{ ssl: boolean }>(
      "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
    );
    return rows[0]?.ssl ?? false;
  } finally {
    await client.end();
  }
}

const urlOf = (user: string, host: string, parameters: string): string =>
  `postgres://${user}:p@${host}:${port}/posthorn?${parameters}`;

type Expected = "encrypted" | "plain" | RegExp;

async function expectConnection(url: string, expected: Expected): Promise<void> {
  if (expected instanceof RegExp) await expect(isEncrypted(url)).rejects.toThrow(expected);
  else expect(await isEncrypted(url)).toBe(expected === "encrypted");
}

describe("a server with TLS and a certificate of a private CA for localhost", () => {
  const wrongCa = /self-signed|unable to (verify|get)|signature/i;
  test.each<[mode: string, host: string, root: string | null, expected: Expected]>([
    ["disable", "localhost", null, "plain"],
    ["allow", "localhost", null, "plain"],
    ["prefer", "localhost", null, "encrypted"],
    ["require", "localhost", null, "encrypted"],
    ["require", "127.0.0.1", null, "encrypted"],
    ["require", "127.0.0.1", "ca.crt", "encrypted"],
    ["require", "localhost", "other.crt", wrongCa],
    // Posthorn falls back to an unencrypted connection, as libpq does.
    ["prefer", "localhost", "other.crt", "plain"],
    ["verify-ca", "127.0.0.1", "ca.crt", "encrypted"],
    ["verify-ca", "localhost", "other.crt", wrongCa],
    ["verify-ca", "localhost", null, /sslmode=verify-ca requires sslrootcert/],
    ["verify-full", "localhost", "ca.crt", "encrypted"],
    ["verify-full", "127.0.0.1", "ca.crt", /does not match|altnames/i],
    ["verify-full", "localhost", "other.crt", wrongCa],
    ["verify-full", "localhost", null, /sslmode=verify-full requires sslrootcert/],
    ["verify-full", "localhost", "missing.crt", /sslrootcert cannot be read \(ENOENT\)/],
  ])("sslmode=%s to %s with root certificate %s: %s", async (mode, host, root, expected) => {
    const rootPart = root === null ? "" : `&sslrootcert=${fileOf(root)}`;
    await expectConnection(urlOf("anybody", host, `sslmode=${mode}${rootPart}`), expected);
  });

  test("the default is prefer; system roots require verify-full, and do not know the CA", async () => {
    await expectConnection(urlOf("anybody", "localhost", ""), "encrypted");
    const system = urlOf("anybody", "localhost", "sslrootcert=system");
    await expectConnection(system, wrongCa);
    await expectConnection(`${system}&sslmode=require`, /sslrootcert=system requires/);
  });

  test("the root certificate of the home folder applies if the URL names none", async () => {
    await mkdir(join(folder, ".postgresql"));
    const place = join(folder, ".postgresql", "root.crt");
    await writeFile(place, await readFile(join(folder, "other.crt")));
    await expectConnection(urlOf("anybody", "localhost", "sslmode=require"), wrongCa);
    await writeFile(place, await readFile(join(folder, "ca.crt")));
    await expectConnection(urlOf("anybody", "localhost", "sslmode=verify-full"), "encrypted");
    await rm(join(folder, ".postgresql"), { recursive: true });
  });

  test.each<[user: string, mode: string, expected: Expected]>([
    ["tls_only", "disable", /pg_hba.conf/],
    ["tls_only", "allow", "encrypted"],
    ["plain_only", "prefer", "plain"],
    ["plain_only", "require", /pg_hba.conf/],
  ])("%s with sslmode=%s: %s", async (user, mode, expected) => {
    await expectConnection(urlOf(user, "localhost", `sslmode=${mode}`), expected);
  });

  test("a client certificate is presented", async () => {
    const files = `sslcert=${fileOf("client.crt")}&sslkey=${fileOf("client.key")}`;
    await expectConnection(
      urlOf("certified", "localhost", `sslmode=require&${files}`),
      "encrypted",
    );
    await expectConnection(urlOf("certified", "localhost", "sslmode=require"), /certificate/);
    const noKey = `sslmode=require&sslcert=${fileOf("client.crt")}`;
    await expectConnection(urlOf("certified", "localhost", noKey), /sslcert requires sslkey/);
  });

  test("channel binding and TLS from the first byte, if requested", async () => {
    const of = (parameters: string): string => urlOf("anybody", "localhost", parameters);
    await expectConnection(of("sslmode=require&channel_binding=require"), "encrypted");
    await expectConnection(of("sslmode=disable&channel_binding=require"), /channel binding/);
    await expectConnection(of("sslmode=require&sslnegotiation=direct"), "encrypted");
    await expectConnection(of("sslmode=prefer&sslnegotiation=direct"), /needs sslmode/);
  });

  test("a unix socket is never encrypted, whatever the mode", async () => {
    // The embedded server has no unix socket, so this socket forwards to its port.
    const socket = createServer((from) => {
      const to = connect(Number(port), "localhost");
      from.pipe(to).pipe(from);
      from.on("error", () => to.destroy());
      to.on("error", () => from.destroy());
    });
    socket.listen(join(folder, `.s.PGSQL.${port}`));
    const url = `postgres://anybody:p@/posthorn?host=${encodeURIComponent(folder)}&port=${port}`;
    await expectConnection(`${url}&sslmode=require`, "plain");
    socket.close();
  });
});

test.each<[mode: string, expected: Expected]>([
  ["disable", "plain"],
  ["allow", "plain"],
  ["prefer", "plain"],
  ["require", /does not support SSL/],
])("a server without TLS, sslmode=%s: %s", async (mode, expected) => {
  const url = new URL(inject("postgresUrl"));
  url.searchParams.set("sslmode", mode);
  await expectConnection(url.href, expected);
});
