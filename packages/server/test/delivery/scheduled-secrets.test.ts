/** Rotations whose new secret starts later, and rotations that retire the old one immediately. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe } from "../support/flow.ts";
import {
  clockToleranceMs,
  startReceiver,
  until,
  type Received,
  type Receiver,
} from "../support/receiver.ts";
import {
  adminKey,
  apiOf,
  startTestService,
  type Answered,
  type TestService,
} from "../support/service.ts";
import { hmac, secretsThatSigned } from "../support/signatures.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

const rpc = (name: string, given: unknown): Promise<Answered> =>
  posthorn.api.post(`/rest/v1/rpc/${name}`, given);

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

interface Subject {
  readonly orgId: string;
  readonly endpointId: string;
  readonly secret: string;
  /** Publishes an event, and returns the request that the receiver got. */
  next(): Promise<Received>;
}

/**
 * Creates an endpoint with the contract cda: its X-CDA-Signature has one signature, its
 * webhook-signature several.
 */
async function endpoint(): Promise<Subject> {
  const subscribed = await subscribe(posthorn, `${receiver.url}/hook`);
  return {
    ...subscribed,
    async next() {
      const id = await publish(posthorn.api, subscribed.orgId);
      let found: Received | undefined;
      await until(() => {
        found = receiver.received.find(({ headers }) => headers["webhook-id"] === id);
        return found !== undefined;
      }, "the webhook");
      return found!;
    },
  };
}

const single = ({ headers }: Received): unknown => headers["x-cda-signature"];

async function shown(endpointId: string): Promise<Record<string, unknown>> {
  return (await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${endpointId}`)).row;
}

describe("switch_at", () => {
  test("before the switch, a header with one signature uses the old secret, and a header with several has both", async () => {
    const subject = await endpoint();
    const at = inMs(2_500);
    const rotated = await rpc("rotate_secret", {
      endpoint_id: subject.endpointId,
      switch_at: at,
      overlap_seconds: 2,
    });
    expect(Date.parse(String(rotated.row["secret_switches_at"]))).toBe(Date.parse(at));
    const expiresAt = new Date(Date.parse(at) + 2_000).toISOString();
    expect(Date.parse(String(rotated.row["previous_secret_expires_at"]))).toBe(
      Date.parse(expiresAt),
    );
    // Compares times, not text, because PostgreSQL's JSON omits trailing zeros of a fraction.
    const row = await shown(subject.endpointId);
    const moments = [row["secret_switches_at"], row["previous_secret_expires_at"]];
    expect(moments.map((each) => Date.parse(String(each)))).toEqual(
      [at, expiresAt].map(Date.parse),
    );
    const [old, fresh] = [subject.secret, String(rotated.row["secret"])];
    const before = await subject.next();
    expect(single(before)).toBe(hmac(old, before.body));
    expect(secretsThatSigned(before, [old, fresh])).toEqual([old, fresh]);
    await until(() => Date.now() > Date.parse(at) + clockToleranceMs, "the switch");
    const during = await subject.next();
    expect(single(during)).toBe(hmac(fresh, during.body));
    expect(secretsThatSigned(during, [old, fresh])).toEqual([fresh, old]);
    await until(
      () => Date.now() > Date.parse(expiresAt) + clockToleranceMs,
      "the earlier secret's end",
    );
    const after = await subject.next();
    expect(single(after)).toBe(hmac(fresh, after.body));
    expect(secretsThatSigned(after, [old, fresh])).toEqual([fresh]);
    expect((await shown(subject.endpointId))["secret_switches_at"]).toBeNull();
    // The API still shows each attempt's request with the secret that signed it.
    for (const { headers } of [before, during, after]) {
      const path = `/rest/v1/webhook_attempts?event_id=eq.${String(headers["webhook-id"])}`;
      const attempt = (await posthorn.api.get(path)).row;
      const sent = await rpc("sent_request", { attempt_id: attempt.id });
      expect(sent.text).toContain(`"${String(headers["x-cda-signature"])}"`);
      expect(sent.text).toContain(`"${String(headers["webhook-signature"])}"`);
    }
  });

  test("can be moved forward, and the overlap is as long as requested", async () => {
    const subject = await endpoint();
    const rotated = await rpc("rotate_secret", {
      endpoint_id: subject.endpointId,
      switch_at: inMs(3_600_000),
      overlap_seconds: 600,
    });
    const switched = await rpc("switch_secret", { endpoint_id: subject.endpointId });
    expect(switched.status, switched.text).toBe(200);
    const fresh = String(rotated.row["secret"]);
    const webhook = await subject.next();
    expect(single(webhook)).toBe(hmac(fresh, webhook.body));
    const endsInMs =
      Date.parse(String((await shown(subject.endpointId))["previous_secret_expires_at"])) -
      Date.now();
    expect(endsInMs).toBeGreaterThan(590_000);
    expect(endsInMs).toBeLessThanOrEqual(601_000);
    expect((await rpc("switch_secret", { endpoint_id: subject.endpointId })).row["code"]).toBe(
      "PH_NO_SWITCH",
    );
  });

  test("can be cancelled: the earlier secret no longer expires, and the new one signs nothing", async () => {
    const subject = await endpoint();
    const rotated = await rpc("rotate_secret", {
      endpoint_id: subject.endpointId,
      switch_at: inMs(3_600_000),
    });
    const called = await rpc("switch_secret", { endpoint_id: subject.endpointId, cancel: true });
    expect(called.status, called.text).toBe(200);
    const webhook = await subject.next();
    const fresh = String(rotated.row["secret"]);
    expect(single(webhook)).toBe(hmac(subject.secret, webhook.body));
    expect(secretsThatSigned(webhook, [subject.secret, fresh])).toEqual([subject.secret]);
    expect(await shown(subject.endpointId)).toMatchObject({
      secret_switches_at: null,
      previous_secret_expires_at: null,
    });
    // A later rotation works as usual.
    const again = await rpc("rotate_secret", { endpoint_id: subject.endpointId });
    const next = await subject.next();
    expect(single(next)).toBe(hmac(String(again.row["secret"]), next.body));
  });

  test("may be up to its limit ahead, not a minute more, and not in the past", async () => {
    const { endpointId } = await endpoint();
    const most = limits.secretSwitchSecondsMax * 1_000;
    for (const switchAt of [inMs(most + 60_000), inMs(-1_000)]) {
      const refused = await rpc("rotate_secret", { endpoint_id: endpointId, switch_at: switchAt });
      expect(refused.status).toBe(400);
      expect(refused.row["code"]).toBe("PH_FIELD_INVALID");
    }
    const switchAt = inMs(most - 60_000);
    const taken = await rpc("rotate_secret", { endpoint_id: endpointId, switch_at: switchAt });
    expect(taken.status).toBe(200);
  });

  test("after a rotation that fails halfway, only the earlier secret signs", async () => {
    const subject = await endpoint();
    const { pool } = posthorn.service;
    // The trigger makes the last statement of a rotation fail, after all the others have succeeded.
    await pool.query(
      `create function posthorn.test_fail() returns trigger language plpgsql as
       $$ begin raise exception 'cut'; end $$`,
    );
    await pool.query(
      `create trigger test_fail before insert on posthorn.audit_entries
       for each row when (new.action = 'secret.rotated') execute function posthorn.test_fail()`,
    );
    const rotated = await rpc("rotate_secret", { endpoint_id: subject.endpointId });
    await pool.query("drop function posthorn.test_fail cascade");
    expect(rotated.status).toBeGreaterThanOrEqual(400);
    const webhook = await subject.next();
    expect(single(webhook)).toBe(hmac(subject.secret, webhook.body));
    expect((await shown(subject.endpointId))["previous_secret_expires_at"]).toBeNull();
  });
});

describe("compromised", () => {
  test("no earlier secret signs anything afterwards, on any node", async () => {
    const second = await posthorn.startSecondNode();
    try {
      const subject = await endpoint();
      const overlapping = await rpc("rotate_secret", { endpoint_id: subject.endpointId });
      // Both nodes have sent to the endpoint, so both have its secrets in memory.
      await subject.next();
      const viaSecond = apiOf(second.url, adminKey);
      await publish(viaSecond, subject.orgId);
      const rotated = await rpc("rotate_secret", {
        endpoint_id: subject.endpointId,
        compromised: true,
      });
      const known = [subject.secret, String(overlapping.row["secret"])];
      const fresh = String(rotated.row["secret"]);
      const ids = [
        await publish(posthorn.api, subject.orgId),
        await publish(viaSecond, subject.orgId),
      ];
      for (const id of ids) {
        let webhook: Received | undefined;
        await until(() => {
          webhook = receiver.received.find(({ headers }) => headers["webhook-id"] === id);
          return webhook !== undefined;
        }, "the webhook");
        expect(single(webhook!)).toBe(hmac(fresh, webhook!.body));
        expect(secretsThatSigned(webhook!, [...known, fresh])).toEqual([fresh]);
      }
      expect((await shown(subject.endpointId))["previous_secret_expires_at"]).toBeNull();
    } finally {
      await second.close();
    }
  });

  test.each([{ overlap_seconds: 60 }, { switch_at: inMs(60_000) }])(
    "cannot be combined with an overlap or a later start: %j",
    async (more) => {
      const { endpointId } = await endpoint();
      const given = { endpoint_id: endpointId, compromised: true, ...more };
      const refused = await rpc("rotate_secret", given);
      expect(refused.row["code"]).toBe("PH_FIELD_INVALID");
    },
  );
});
