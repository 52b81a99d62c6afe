/** Which keys are accepted while the database does not respond. */
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import { VirtualClock } from "../simulation/clock.ts";
import { Authenticator } from "./api-keys.ts";

describe("while the database does not respond", () => {
  const row = (role: string): object => ({
    id: "k",
    org_id: role === "metrics" ? null : "o",
    org_external_id: null,
    role,
    expires_at: null,
    last_used_at: new Date(Date.UTC(2026, 0, 1)),
  });

  /** @param failing how a query fails when the database is down. */
  function authenticatorOf(role: string, failing: () => Promise<never>) {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const state = { isUp: true };
    const query = (): Promise<unknown> =>
      state.isUp ? Promise.resolve({ rows: [row(role)] }) : failing();
    const database = { query } as unknown as Queryable;
    return { clock, state, authenticator: new Authenticator({ database, clock, adminKey: "a" }) };
  }
  const refused = (): Promise<never> => Promise.reject(new Error("connect ECONNREFUSED"));

  test("an accepted metrics key works for metricsKeysKeptMs, and no longer", async () => {
    const { clock, state, authenticator } = authenticatorOf("metrics", refused);
    await authenticator.principalOf("key");
    state.isUp = false;
    await clock.run(clock.now() + limits.metricsKeysKeptMs - 1);
    expect(await authenticator.principalOf("key")).toEqual({ kind: "metrics", keyId: "k" });
    await expect(authenticator.principalOf("another")).rejects.toThrow("ECONNREFUSED");
    await clock.run(clock.now() + 1);
    await expect(authenticator.principalOf("key")).rejects.toThrow("ECONNREFUSED");
  });

  test("no other key works, nor a metrics key after a key was deleted", async () => {
    const other = authenticatorOf("read", refused);
    const metrics = authenticatorOf("metrics", refused);
    for (const { clock, state, authenticator } of [other, metrics]) {
      await authenticator.principalOf("key");
      authenticator.forget();
      state.isUp = false;
      await clock.run(clock.now() + limits.apiKeyCacheMs);
      await expect(authenticator.principalOf("key")).rejects.toThrow("ECONNREFUSED");
    }
  });

  test("a scrape waits metricsKeyLookUpMs for a database that hangs", async () => {
    const { clock, state, authenticator } = authenticatorOf("metrics", () => new Promise(() => {}));
    await authenticator.principalOf("key");
    state.isUp = false;
    await clock.run(clock.now() + limits.apiKeyCacheMs);
    let found: unknown = null;
    const asking = authenticator.principalOf("key").then((owner) => (found = owner));
    await clock.run(clock.now() + limits.metricsKeyLookUpMs - 1);
    expect(found).toBeNull();
    await clock.run(clock.now() + 1);
    expect(await asking).toEqual({ kind: "metrics", keyId: "k" });
  });
});
