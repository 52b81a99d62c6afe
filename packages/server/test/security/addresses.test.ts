/** Which URLs an endpoint may have. The tests use the HTTP API and the service's real rules. */
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { ownContract } from "../support/contracts.ts";
import { startTestService, type TestService } from "../support/service.ts";

describe("an address that is not allowed", () => {
  let posthorn: TestService;
  let accepted = 0;
  const servers: Server[] = [];

  beforeAll(async () => {
    posthorn = await startTestService({ environment: { POSTHORN_ALLOW_CIDRS: "127.0.0.2" } });
  });

  afterAll(async () => {
    for (const server of servers) server.close();
    await posthorn.close();
  });

  /** A port of 127.0.0.1 on which a server listens, or which was closed a moment ago. */
  async function portOf(isOpen: boolean): Promise<number> {
    const server = createServer((socket) => {
      accepted += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    if (isOpen) servers.push(server);
    else await new Promise((resolve) => server.close(resolve));
    return port;
  }

  test("gets the same response whether its port is open, closed or unreachable", async () => {
    const places = [
      `127.0.0.1:${await portOf(true)}`,
      `127.0.0.1:${await portOf(false)}`,
      `[::ffff:127.0.0.1]:${await portOf(true)}`,
      "10.255.255.1:8443",
      "169.254.169.254",
      "[fd00:ec2::254]",
      "168.63.129.16",
    ];
    const answers = [];
    for (const place of places) {
      const url = `https://${place}/hooks`;
      const created = await posthorn.api.post("/rest/v1/webhook_endpoints", {
        org_id: posthorn.newOrg(),
        url,
      });
      const checked = await posthorn.api.post("/rest/v1/rpc/check_endpoint_url", { url });
      answers.push({
        created: [created.status, created.text],
        checked: [checked.status, checked.text.replaceAll(place, "…")],
      });
    }
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]?.created[0]).toBe(400);
    expect(String(answers[0]?.created[1])).toContain("PH_URL_ADDRESS");
    expect(accepted).toBe(0);
  });
});

describe("an endpoint of Posthorn's own API", () => {
  let posthorn: TestService;

  beforeAll(async () => {
    posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s" } });
    await posthorn.api.post("/rest/v1/webhook_event_types", { name: "loop.tried" });
    const headers = { "user-agent": "Another-Sender/1", "x-own": "{signature.own}" };
    const contract = ownContract("disguised", { body: "{event.data}", headers });
    await posthorn.api.post("/rest/v1/webhook_contracts", contract);
  });

  afterAll(() => posthorn.close());

  test.each(["standard", "svix", "cda", "cadana", "disguised"])(
    "does nothing, with any key (%s)",
    async (contract) => {
      const orgId = posthorn.newOrg();
      const { url } = posthorn.service;
      const fields = { org_id: orgId, contract, headers: { apikey: posthorn.api.key } };
      const { endpointId } = await subscribe(posthorn, `${url}/rest/v1/webhook_events`, fields);
      // With the contract svix, the body is exactly the data, so the data can be a valid publish
      // request.
      const inner = { org_id: orgId, event_type: "loop.tried", data: {} };
      await publish(posthorn.api, orgId, { event_type: "loop.tried", data: inner });
      const filter = `endpoint_id=eq.${endpointId}`;
      await deliveryWith(posthorn.api, filter, hasStatus("failed"));
      const { rows: attempts } = await posthorn.api.get(`/rest/v1/webhook_attempts?${filter}`);
      expect(attempts).toHaveLength(1);
      expect(attempts[0]).toMatchObject({ response_status: 508 });
      expect(String(attempts[0]?.["response_body"])).toContain("PH_LOOP");
      const { rows: events } = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
      expect(events).toHaveLength(1);
    },
  );

  test("would publish again, if deliveries' User-Agent did not stop the loop", async () => {
    const body = { org_id: posthorn.newOrg(), event_type: "loop.tried", data: {} };
    const asDelivery = { "user-agent": "Posthorn/0.0.1" };
    const looped = await posthorn.api.post("/rest/v1/webhook_events", body, asDelivery);
    expect([looped.status, looped.row["code"]]).toEqual([508, "PH_LOOP"]);
    const passedOn = { "user-agent": "Another-Sender/1", "cdn-loop": "cdn.example, posthorn" };
    const marked = await posthorn.api.post("/rest/v1/webhook_events", body, passedOn);
    expect([marked.status, marked.row["code"]]).toEqual([508, "PH_LOOP"]);
    const asClient = { "user-agent": "my-posthorn/1" };
    const sent = await posthorn.api.post("/rest/v1/webhook_events", body, asClient);
    expect(sent.status).toBe(201);
  });
});
