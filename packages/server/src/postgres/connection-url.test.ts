import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { connectTimeoutMs, parseConnectionUrl } from "./connection-url.ts";

const placesOf = (text: string): readonly string[] =>
  parseConnectionUrl(text).addresses.map(({ host, port }) => `${host} ${port}`);

describe("hosts", () => {
  test.each([
    ["postgres://one/db", ["one 5432"]],
    ["postgresql://u:p@one:1,two:2/db", ["one 1", "two 2"]],
    ["postgres://one,two:2/db", ["one 5432", "two 2"]],
    ["postgres://u@[::1]:2,one/db", ["::1 2", "one 5432"]],
    ["postgres://[fe80::1%25eth0]/db", ["fe80::1%25eth0 5432"]],
    ["postgres://u:p@/db?host=/var/run/postgresql", ["/var/run/postgresql 5432"]],
    ["postgres:///db?host=/run/a&port=5433", ["/run/a 5433"]],
    ["postgres://%2Fvar%2Frun%2Fpostgresql/db", ["/var/run/postgresql 5432"]],
    ["postgres://ignored/db?host=one,two&port=1,2", ["one 1", "two 2"]],
    ["postgres://ignored:9/db?host=one,two&port=7", ["one 7", "two 7"]],
    ["postgres://one:1,two:2?port=3", ["one 3", "two 3"]],
    ["postgres://", ["localhost 5432"]],
  ])("%s", (text, places) => {
    expect(placesOf(text)).toEqual(places);
  });
});

describe("user, password and database", () => {
  test.each([
    ["postgres://u:p@h/db", "u", "p", "db"],
    ["postgres://u:a%23b%40c@h/d%20b", "u", "a#b@c", "d b"],
    ["postgres://u:a#b?c=d&e@h/db", "u", "a#b?c=d&e", "db"],
    ["postgres://u:a@b@h/db", "u", "a@b", "db"],
    ["postgres://u:a/b:c@h:1/db?sslmode=disable", "u", "a/b:c", "db"],
    ["postgres://u:12/34@h/db", "u", "12/34", "db"],
    ["postgres://u:100%@h/db", "u", "100%", "db"],
    ['postgres://u:p w+[x]{y}|^`<>"\\@h/db', "u", 'p w+[x]{y}|^`<>"\\', "db"],
    ["postgres://u:ü€@h/db", "u", "ü€", "db"],
    ["postgres://h/db?user=u&password=p%26&dbname=other", "u", "p&", "other"],
    ["postgres://a:b@h/db?user=u&password=p", "u", "p", "db"],
    ["postgres://h", null, null, null],
    [" postgres://u:p@h/db\n", "u", "p", "db"],
    ["postgres://h/db?application_name=me@home", null, null, "db"],
  ])("%s", (text, user, password, database) => {
    expect(parseConnectionUrl(text)).toMatchObject({ user, password, database });
  });

  test("any password works escaped, and unescaped unless it looks like the end of it", () => {
    const printable = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(printable, (password) => {
        const url = `postgres://user:${encodeURIComponent(password)}@host:1/db?sslmode=require`;
        expect(parseConnectionUrl(url)).toMatchObject({
          user: "user",
          password,
          addresses: [{ host: "host", port: 1 }],
          database: "db",
        });
      }),
    );
    const unescaped = fc.string({ unit: fc.constantFrom(...Array.from("aB1#?&=/:%+ !$'()*;[]~")) });
    fc.assert(
      fc.property(unescaped, (text) => {
        // Removes text that would be read as an escape.
        const password = `x${text.replaceAll(/%+(?=[0-9a-f]{2})/gi, "")}`;
        const url = parseConnectionUrl(`postgres://user:${password}@host:1/db`);
        expect(url).toMatchObject({
          user: "user",
          password,
          addresses: [{ host: "host", port: 1 }],
        });
      }),
    );
  });
});

test("parameters are kept, and an unsupported one is rejected by name", () => {
  const { parameters } = parseConnectionUrl(
    "postgres://h/db?sslmode=verify-full&sslrootcert=%2Fca.pem&options=-c%20work_mem%3D8MB",
  );
  expect(Object.fromEntries(parameters)).toEqual({
    sslmode: "verify-full",
    sslrootcert: "/ca.pem",
    options: "-c work_mem=8MB",
  });
  expect(parseConnectionUrl("postgres://h/db?ssl=true").parameters.get("sslmode")).toBe("require");
});

test.each([
  ["mysql://u:secret@h/db", /does not start with postgres/],
  ["postgres://u:secret@one,,two/db", /has no name/],
  ["postgres://u:secret@h:0/db", /port/],
  ["postgres://u:secret@h:65536/db", /port/],
  ["postgres://u:secret@a,b,c/db?port=1,2", /2 ports for 3 hosts/],
  ["postgres://u:secret@h:port/db", /cannot be read/],
  ["postgres://u:secret@h/db\n?x", /control character/],
  ["postgres://u:secret@h/db?sslmode=no-verify", /sslmode must be one of disable, allow/],
  ["postgres://u:secret@h/db?target_session_attrs=standby", /target_session_attrs must be/],
  ["postgres://u:secret@h/db?pgbouncer=true", /pgbouncer is not supported; supported are/],
  ["postgres://u:secret@h/db?schema=secret", /schema is not supported/],
  ["postgres://u:secret@h/db?secret%0Ahere=1", /one with an unusual name/],
])("%s is rejected, without its password", (text, reason) => {
  const refused = (): unknown => parseConnectionUrl(text, "POSTHORN_DIRECT_URL");
  expect(refused).toThrow(reason);
  expect(refused).toThrow(expect.objectContaining({ code: "PH_DATABASE_URL" }));
  expect(refused).toThrow(/POSTHORN_DIRECT_URL/);
  expect(refused).not.toThrow(/secret/);
});

test("connect_timeout is a number of seconds up to databaseConnectMsMax", () => {
  const timeoutOf = (seconds: string): number =>
    connectTimeoutMs(parseConnectionUrl(`postgres://h/db?connect_timeout=${seconds}`));
  const most = limits.databaseConnectMsMax / 1_000;
  expect(connectTimeoutMs(parseConnectionUrl("postgres://h/db"))).toBe(limits.databaseConnectMs);
  expect(timeoutOf("1")).toBe(1_000);
  expect(timeoutOf(String(most))).toBe(limits.databaseConnectMsMax);
  for (const wrong of ["0", String(most + 1), "-1", "1.5", "x", ""]) {
    expect(() => timeoutOf(wrong)).toThrow(/connect_timeout/);
  }
});
