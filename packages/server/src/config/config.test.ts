import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { limits } from "../limits.ts";

const defaults = { allowCidrs: [], logLevel: "info" };
const read = (environment: Record<string, string>) => readConfig(defaults, environment);

test("by default keeps payloads for 30 days, the ledger for 90 and the audit for 400", () => {
  expect(read({}).retention).toEqual({ payloadDays: 30, ledgerDays: 90, auditDays: 400 });
  const given = {
    POSTHORN_PAYLOAD_DAYS: "7",
    POSTHORN_LEDGER_DAYS: "7",
    POSTHORN_AUDIT_DAYS: "1",
  };
  expect(read(given).retention).toEqual({ payloadDays: 7, ledgerDays: 7, auditDays: 1 });
});

test.each([
  { POSTHORN_PAYLOAD_DAYS: "0" },
  { POSTHORN_PAYLOAD_DAYS: "3651" },
  { POSTHORN_PAYLOAD_DAYS: "1.5" },
  { POSTHORN_LEDGER_DAYS: "29" },
  { POSTHORN_PAYLOAD_DAYS: "91" },
  { POSTHORN_AUDIT_DAYS: "0" },
])("%j is rejected, with the allowed values", (environment) => {
  const refused = expect.objectContaining({
    code: "PH_CONFIG_INVALID",
    message: expect.stringMatching(/POSTHORN_\w+_DAYS/),
  });
  expect(() => read(environment)).toThrow(refused);
});

test("a key's requests per second are as configured, within the bounds", () => {
  const most = limits.requestsPerSecondMax;
  expect(read({}).requestRates).toEqual({ perSecondMax: 1_000, adminPerSecondMax: 10_000 });
  const given = { POSTHORN_REQUESTS_PER_SECOND: String(most) };
  expect(read(given).requestRates.perSecondMax).toBe(most);
  for (const wrong of [String(most + 1), "0", "-1", "1e3"]) {
    const environment = { POSTHORN_ADMIN_REQUESTS_PER_SECOND: wrong };
    expect(() => read(environment)).toThrow(/POSTHORN_ADMIN_REQUESTS_PER_SECOND/);
  }
});

test("accepts no tokens unless their keys are configured", () => {
  expect(read({ POSTHORN_JWT_AUDIENCE: "x" }).jwt).toBeNull();
  expect(read({ POSTHORN_JWT_SECRET: "x".repeat(32) }).jwt).toMatchObject({
    audience: "authenticated",
    issuers: [],
    jwks: null,
  });
});

test.each([
  { POSTHORN_JWT_SECRET: "x".repeat(31) },
  { POSTHORN_JWT_JWKS: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' },
  { POSTHORN_JWT_JWKS: "https://example.com/jwks.json" },
  { POSTHORN_JWT_JWKS_URL: "file:///etc/keys" },
  { POSTHORN_JWT_JWKS: '{"keys":[{"kty":"EC"}]}', POSTHORN_JWT_JWKS_URL: "https://example.com" },
])("%j is rejected", (environment) => {
  const refused = expect.objectContaining({
    code: "PH_CONFIG_INVALID",
    message: expect.stringMatching(/POSTHORN_JWT_/),
  });
  expect(() => read(environment)).toThrow(refused);
});

test("accepts several hosts, and prefers the one that accepts writes", () => {
  const several = "postgres://u:p@one:5432,two:5433/db?target_session_attrs=read-write";
  expect(read({ DATABASE_URL: several }).databaseUrl).toBe(several);
  const refused = expect.objectContaining({ code: "PH_DATABASE_URL" });
  for (const wrong of [several.replace("read-write", "standby"), "postgres://one,,two/db"]) {
    expect(() => read({ DATABASE_URL: wrong })).toThrow(refused);
  }
});

test("a process opens as many connections as POSTHORN_DATABASE_CONNECTIONS says, within the bounds", () => {
  const connections = (text: string): number =>
    read({ POSTHORN_DATABASE_CONNECTIONS: text }).databaseConnections;
  expect(read({}).databaseConnections).toBe(limits.databaseConnectionsMax);
  for (const edge of [limits.databaseConnectionsLeast, limits.databaseConnectionsMost]) {
    expect(connections(String(edge))).toBe(edge);
  }
  const beyond = [limits.databaseConnectionsLeast - 1, limits.databaseConnectionsMost + 1];
  for (const wrong of [...beyond.map(String), "6.5", "-6", "six"]) {
    expect(() => connections(wrong)).toThrow(/POSTHORN_DATABASE_CONNECTIONS/);
  }
});

test("a direct URL is checked like DATABASE_URL, and has no effect without it", () => {
  const url = "postgres://u:p@one/db";
  const given = { DATABASE_URL: url, POSTHORN_DIRECT_URL: url };
  expect(read(given)).toMatchObject({ databaseUrl: url, directUrl: url });
  const alone = expect.objectContaining({ hint: expect.stringContaining("DATABASE_URL") });
  expect(() => read({ POSTHORN_DIRECT_URL: url })).toThrow(alone);
  const wrong = { DATABASE_URL: url, POSTHORN_DIRECT_URL: `${url}?sslmode=no` };
  expect(() => read(wrong)).toThrow(/POSTHORN_DIRECT_URL cannot be used: sslmode/);
});

test.each([
  [{}, ["cda", "cadana"], "cda"],
  [{ POSTHORN_PRESETS: "" }, ["cda", "cadana"], "cda"],
  [{ POSTHORN_PRESETS: "cadana" }, ["cadana"], "cadana"],
  [{ POSTHORN_PRESETS: " cadana , cda " }, ["cadana", "cda"], "cadana"],
  [{ POSTHORN_PRESETS: "none" }, [], "standard"],
  [{ POSTHORN_PRESETS: "none", POSTHORN_CONTRACT: "svix" }, [], "svix"],
  [{ POSTHORN_CONTRACT: "standard" }, ["cda", "cadana"], "standard"],
])("%j is the presets %j, and the default contract %s", (environment, presets, contract) => {
  expect(read(environment as Record<string, string>)).toMatchObject({ presets, contract });
});

test.each(["acme", "cda,acme", "cda,cda", "cda,", ",", "none,cda", "NONE", "standard"])(
  "the presets %j are rejected, with the allowed values",
  (presets) => {
    const refused = expect.objectContaining({
      code: "PH_CONFIG_INVALID",
      message: expect.stringContaining("POSTHORN_PRESETS"),
      hint: "Allowed: one or more of cda, cadana, separated by commas; or none.",
    });
    expect(() => read({ POSTHORN_PRESETS: presets })).toThrow(refused);
  },
);
