/**
 * Uses every part of the service, from the first key to the last error, with canaries in all input.
 */
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { limits } from "../../src/limits.ts";
import type { Canary } from "./secret-leak-search.ts";
import { given, type Asked, type Receivers, type Witness } from "./secret-leak-walk.ts";
import { until } from "./receiver.ts";
import { representation } from "./service.ts";
import { claims, tokenOf } from "./tokens.ts";

interface Caller {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

const admin: Caller = { name: "operator", headers: { apikey: given.adminKey } };
const nobody: Caller = { name: "nobody", headers: {} };
/** A long timeout, because nothing here depends on timing and the machine may be busy. */
const patienceMs = 30_000;
/** If a fault loses an outcome, the delivery is sent again at the end of its lease. */
const settledMs = limits.leaseMs + patienceMs;
const eventType = "scan.completed";
const tables = "/rest/v1/webhook";

export class Tour {
  /** Canaries that the service itself created during the tour. */
  readonly made: Canary[] = [];
  readonly #witness: Witness;
  readonly #receivers: Receivers;
  readonly #database: pg.Client;
  readonly #output: () => string;
  readonly #orgId = randomUUID();
  readonly #endpoints: string[] = [];
  #org: Caller = nobody;
  #other: Caller = nobody;
  #publisher: Caller = nobody;
  #eventId = "";

  /** @param output returns the service's output so far. */
  constructor(witness: Witness, receivers: Receivers, database: pg.Client, output: () => string) {
    this.#witness = witness;
    this.#receivers = receivers;
    this.#database = database;
    this.#output = output;
  }

  async go(): Promise<void> {
    await this.#letIn();
    const stream = await this.#witness.listen("org", "/rest/v1/stream", this.#org.headers);
    await this.#addEndpoints();
    await this.#publish();
    await this.#knockWrongly();
    await this.#refusedEndpoints();
    await this.#settled(1);
    await this.#change();
    await until(() => stream.text().includes("event: deliveries"), "live updates", patienceMs);
    await stream.stop();
    await this.#faults();
    await this.#settled(0);
    await this.#readAll();
  }

  #ask(...asked: Parameters<Witness["ask"]>): Promise<Asked> {
    return this.#witness.ask(...asked);
  }

  #remember(name: string, value: unknown): string {
    if (typeof value !== "string" || value.length < 16) throw new Error(`There is no ${name}.`);
    this.made.push({ name, value });
    return value;
  }

  async #key(name: string, orgId: string, role: string): Promise<Caller> {
    const fields = { org_id: orgId, role };
    const { row } = await this.#ask(admin, "POST", "/rest/v1/api_keys", fields, representation);
    return { name, headers: { apikey: this.#remember(`${name}'s key`, row["key"]) } };
  }

  /** Creates keys, a JWT, a portal link, and the session that the link opens. */
  async #letIn(): Promise<void> {
    this.#org = await this.#key("org", this.#orgId, "manage");
    this.#publisher = await this.#key("publisher", this.#orgId, "publish");
    this.#other = await this.#key("other org", randomUUID(), "manage");
    const payload = claims({ org_id: this.#orgId, webhook_role: "manage" });
    const token = await tokenOf(payload, new TextEncoder().encode(given.jwtSecret));
    this.#remember("JWT", token);
    const bearer = { name: "JWT", headers: { authorization: `Bearer ${token}` } };
    await this.#ask(bearer, "GET", `${tables}_endpoints`);
    const link = await this.#ask(this.#org, "POST", "/rest/v1/rpc/portal_link", {
      org_id: this.#orgId,
    });
    const secret = this.#remember("portal link", String(link.row["url"]).split("#")[1]);
    const opened = await this.#ask(nobody, "POST", "/console/session", { link: secret });
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    this.#remember("session cookie", cookie.split("=")[1]);
    const headers = { cookie, "x-posthorn-session": String(opened.row["id"]) };
    const portal = { name: "portal", headers };
    await this.#ask(portal, "GET", "/console/session");
    await this.#ask(portal, "GET", `${tables}_endpoints`);
    await this.#ask(portal, "GET", "/console/session", undefined, { origin: "https://evil.test" });
    await this.#ask(
      { ...portal, headers: { ...headers, cookie: `${cookie}x` } },
      "GET",
      "/console/session",
    );
    await this.#ask(nobody, "POST", "/console/session", { link: `${secret}x` });
  }

  async #addEndpoints(): Promise<void> {
    const common = {
      org_id: this.#orgId,
      headers: { "X-Token": given.headerValue },
      secret: given.signingSecret,
    };
    for (const url of Object.values(this.#receivers.urls)) {
      const { status, body, row } = await this.#ask(this.#org, "POST", `${tables}_endpoints`, {
        ...common,
        url,
      });
      if (status !== 201) throw new Error(`An endpoint was answered ${status} ${body}`);
      this.#endpoints.push(String(row["id"]));
    }
  }

  async #publish(): Promise<void> {
    const event = { org_id: this.#orgId, event_type: eventType };
    const good = { ...event, data: { scan_id: given.eventData } };
    const path = `${tables}_events`;
    const key = { idempotency_key: "once" };
    const published = await this.#ask(
      this.#publisher,
      "POST",
      path,
      { ...good, ...key },
      representation,
    );
    if (published.status !== 201) throw new Error(`Publishing was answered ${published.body}`);
    this.#eventId = String(published.row["id"]);
    const secret = given.refusedEventData;
    const refused: readonly unknown[] = [
      { ...event, data: { scan_id: { no: secret } } },
      { ...event, data: secret },
      { ...event, event_type: "not.known", data: { scan_id: secret } },
      { ...event, org_id: "no-uuid", data: { scan_id: secret } },
      { ...event, data: { scan_id: secret }, timestamp: "yesterday" },
      `{"org_id":"${this.#orgId}","event_type":"${eventType}","data":{"scan_id":"${secret}"}`,
      { ...event, data: { scan_id: secret, filler: "x".repeat(300_000) } },
    ];
    for (const body of refused) await this.#ask(this.#publisher, "POST", path, body);
    const another = { ...event, data: { scan_id: secret } };
    await this.#ask(this.#publisher, "POST", path, { ...another, ...key });
    await this.#ask(this.#publisher, "POST", path, another, { "content-type": "text/plain" });
    await this.#ask(this.#other, "POST", path, another);
  }

  /** Sends keys in the wrong places, wrong keys, and tokens that must be rejected. */
  async #knockWrongly(): Promise<void> {
    const endpoints = `${tables}_endpoints`;
    const wrong = given.wrongKey;
    const secret = new TextEncoder().encode(given.jwtSecret);
    const payload = { org_id: this.#orgId, exp: 1_700_000_000 };
    const expired = this.#remember("expired JWT", await tokenOf(claims(payload), secret));
    for (const headers of [
      { apikey: wrong },
      { authorization: `Bearer ${wrong}` },
      { authorization: `Basic ${Buffer.from(`a:${wrong}`).toString("base64")}` },
      { authorization: `Bearer ${expired}` },
      { authorization: `Bearer ${expired.slice(0, -4)}AAAA` },
      { cookie: `posthorn_${randomUUID()}=${wrong}`, "x-posthorn-session": randomUUID() },
    ]) {
      await this.#ask({ name: "nobody", headers }, "GET", endpoints);
    }
    await this.#ask(nobody, "GET", `${endpoints}?apikey=${given.adminKey}`);
    await this.#ask(nobody, "POST", "/console/session", { key: wrong });
    await this.#ask(nobody, "POST", "/console/session", `{"key":"${wrong}`);
    await this.#ask(nobody, "POST", "/console/session", `{"key":${wrong}}`);
    await this.#ask(nobody, "POST", "/console/session", wrong, { "content-type": wrong });
    await this.#ask(nobody, "GET", `/rest/v1/%zz${wrong}`);
    await this.#ask(nobody, "GET", `/assets/%00${wrong}`);
    await this.#ask(nobody, "GET", `/rest/v1/${"x".repeat(200)}${wrong}`);
    await this.#ask(nobody, "POST", `/${wrong}`, {});
    await this.#ask(nobody, "GET", `/nowhere?key=${wrong}`);
    await this.#ask(nobody, "GET", "/metrics", undefined, { apikey: wrong });
  }

  /**
   * Sends endpoints with invalid fields. The errors must say what is wrong without repeating the
   * value.
   */
  async #refusedEndpoints(): Promise<void> {
    const org_id = this.#orgId;
    const url = this.#receivers.urls.ok;
    const token = `token=${given.refusedUrlToken}`;
    const refused: readonly object[] = [
      { url: `https://user:${given.urlPassword}@example.com/?${token}` },
      { url: `ftp://example.com/?${token}` },
      { url: `https://10.0.0.1/?${token}` },
      { url: `https://8.8.8.8:22/?${token}` },
      { url: `https://no such host/?${token}` },
      { url, secret: given.badSecret },
      { url, headers: { "X-Token": `${given.badHeaderValue}\r\nx: y` } },
      { url, headers: { "X-Token": { deep: given.badHeaderValue } } },
      { url, headers: { Host: given.badHeaderValue } },
      { url, rate_per_second: given.badHeaderValue },
    ];
    for (const fields of refused) {
      const { status } = await this.#ask(this.#org, "POST", `${tables}_endpoints`, {
        org_id,
        ...fields,
      });
      if (status < 400) throw new Error(`An endpoint was not refused: ${JSON.stringify(fields)}`);
      const checked = { url: (fields as { url: string }).url };
      await this.#ask(this.#org, "POST", "/rest/v1/rpc/check_endpoint_url", checked);
    }
  }

  /**
   * Rotates secrets, edits endpoints, replays, retries and cancels deliveries, and requests ids
   * that do not exist.
   */
  async #change(): Promise<void> {
    const [first = "", second = ""] = this.#endpoints;
    const rotation = { endpoint_id: first, secret: given.rotatedSecret };
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/rotate_secret", rotation);
    const made = await this.#ask(this.#org, "POST", "/rest/v1/rpc/rotate_secret", {
      endpoint_id: second,
    });
    this.#remember("made secret", made.row["secret"]);
    const bad = { endpoint_id: second, secret: given.badSecret };
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/rotate_secret", bad);
    await this.#ask(this.#other, "POST", "/rest/v1/rpc/rotate_secret", rotation);
    await this.#ask(this.#org, "PATCH", `${tables}_endpoints?id=eq.${second}`, {
      url: `${this.#receivers.urls.echo}&more=1`,
      headers: { "X-Token": given.headerValue, "X-More": "1" },
    });
    const failed = await this.#ask(
      this.#org,
      "GET",
      `${tables}_deliveries?endpoint_id=eq.${second}`,
    );
    const delivery = { delivery_id: failed.row["id"] };
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/cancel_delivery", delivery);
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/retry_delivery", delivery);
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/replay", { endpoint_id: first });
    await this.#ask(this.#org, "POST", "/rest/v1/rpc/send_test", { endpoint_id: first });
    await this.#ask(this.#org, "DELETE", `${tables}_endpoints?id=eq.${this.#endpoints[2]}`);
  }

  /** Waits until the only attempts in flight are those to the receiver that never responds. */
  async #settled(stillOpen: number): Promise<void> {
    await until(
      async () => {
        const { rows } = await this.#database.query<{ open: number }>(
          `select count(*)::integer as open from posthorn.webhook_deliveries
           where status in ('pending', 'in_flight')`,
        );
        return (rows[0]?.open ?? 0) <= stillOpen;
      },
      "the deliveries' end",
      settledMs,
    );
  }

  /** Causes database errors whose texts contain whole rows, in requests and in background work. */
  async #faults(): Promise<void> {
    const fault = (table: string, when: string, code: string, message: string) => `
      create function posthorn.canary_fault() returns trigger language plpgsql as $$ begin
        raise exception using errcode = '${code}', message = ${message},
          detail = 'Failing row contains ' || new::text, hint = new::text;
      end $$;
      create trigger canary before insert or update on posthorn.${table}
        for each row when (${when}) execute function posthorn.canary_fault()`;
    // Without this lock, `drop` would lock a partition before its table. The pipeline's statements
    // lock the table first, so the two could deadlock.
    const mended = (table: string) => `
      begin;
      lock table posthorn.${table} in access exclusive mode;
      drop function posthorn.canary_fault cascade;
      commit`;
    const event = { org_id: this.#orgId, event_type: "mission.completed" };
    const publish = (value: string) =>
      this.#ask(this.#publisher, "POST", `${tables}_events`, {
        ...event,
        data: { mission_id: value },
      });
    const subscribe = () =>
      this.#ask(this.#org, "POST", `${tables}_endpoints`, {
        org_id: this.#orgId,
        url: this.#receivers.urls.ok,
        headers: { "X-Token": given.faultHeaderValue },
        secret: given.faultSecret,
      });
    for (const code of ["XX000", "23514", "22P02", "08006"]) {
      await this.#database.query(fault("events", "true", code, "'no event'"));
      await publish(given.faultEventData);
      await this.#database.query(mended("events"));
      await this.#database.query(fault("endpoints", "true", code, "'no endpoint'"));
      await subscribe();
      await this.#database.query(mended("endpoints"));
    }
    const isSettled = "new.status <> 'in_flight' and new.exchange is not null";
    const aboutData = `'invalid input syntax for type json: "${given.faultEventData}"'`;
    await this.#database.query(fault("deliveries", isSettled, "22P02", aboutData));
    const { status, body } = await publish(given.eventData);
    if (status !== 201) throw new Error(`Publishing was answered ${status} ${body}`);
    await until(() => this.#output().includes("store failed"), "the fault in the log", patienceMs);
    await this.#database.query(mended("deliveries"));
  }

  /** Reads everything as every caller, including callers without access. */
  async #readAll(): Promise<void> {
    const attempts = await this.#ask(this.#org, "GET", `${tables}_attempts?limit=100`);
    const ids = (JSON.parse(attempts.body) as { id: string }[]).map(({ id }) => id);
    for (const who of [this.#org, this.#other, admin, nobody, this.#publisher]) {
      for (const name of [
        "orgs",
        "event_types",
        "endpoints",
        "events",
        "deliveries",
        "attempts",
        "replays",
        "erasures",
        "audit",
        "contracts",
      ]) {
        await this.#ask(who, "GET", `${tables}_${name}?limit=100`);
        await this.#ask(who, "GET", `${tables}_${name}`, undefined, { accept: "text/csv" });
      }
      await this.#ask(who, "GET", `${tables}_audit`, undefined, { accept: "application/jsonl" });
      await this.#ask(who, "GET", "/rest/v1/api_keys");
      const org = { org_id: this.#orgId };
      const calls: readonly (readonly [string, object])[] = [
        ["explain", { event_id: this.#eventId }],
        ["delivery_statistics", org],
        ["endpoint_health", org],
        ["overview", org],
        ...ids.slice(0, 4).map((id) => ["sent_request", { attempt_id: id }] as const),
      ];
      for (const [name, argument] of calls) {
        await this.#ask(who, "POST", `/rest/v1/rpc/${name}`, argument);
      }
      for (const path of [
        "/metrics",
        "/readyz",
        "/healthz",
        "/openapi.json",
        "/console/theme.json",
      ]) {
        await this.#ask(who, "GET", path);
      }
    }
  }
}
