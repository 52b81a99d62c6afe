/**
 * `npm run build && node tools/row-security-cost.js` measures the cost of row security for a
 * request. It sends the same request in turn with the admin key, to which row security does not
 * apply, and with an org's key. Both requests find the same rows.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig, startService } from "../packages/server/dist/index.js";

const rounds = 1_500;
const warmUps = 200;
const adminKey = "row-security-cost-0123456789";
const orgId = "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11";

const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };
const requests = [
  { title: "list 20 deliveries", path: `webhook_deliveries?org_id=eq.${orgId}&limit=20` },
  { title: "list endpoints", path: `webhook_endpoints?org_id=eq.${orgId}` },
  { title: "rpc/overview", path: "rpc/overview", body: { org_id: orgId } },
  { title: "publish", path: "webhook_events", body: event, role: "publish" },
  {
    title: "publish, row shown",
    path: "webhook_events",
    body: event,
    role: "publish",
    prefer: "return=representation",
  },
];

async function call(url, key, { path: pathname, body, prefer = "return=minimal" }) {
  const response = await fetch(`${url}/rest/v1/${pathname}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { apikey: key, prefer, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${pathname}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(url, keys, request) {
  const times = { admin: [], org: [] };
  for (let round = 0; round < rounds + warmUps; round += 1) {
    for (const who of round % 2 === 0 ? ["admin", "org"] : ["org", "admin"]) {
      const startedMs = performance.now();
      await call(url, who === "admin" ? adminKey : keys[request.role ?? "read"], request);
      if (round >= warmUps) times[who].push(performance.now() - startedMs);
    }
  }
  const [admin, org] = [median(times.admin), median(times.org)];
  const share = `${(((org - admin) / admin) * 100).toFixed(1)} %`;
  return [request.title, admin.toFixed(3), org.toFixed(3), share].join(" | ");
}

const receiver = createServer((request, response) => {
  request.resume().on("end", () => response.end());
});
await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
const dataDir = await mkdtemp(path.join(tmpdir(), "posthorn-"));
const config = readConfig(
  { allowCidrs: ["127.0.0.0/8"], logLevel: "warn" },
  { POSTHORN_DATA_DIR: dataDir, POSTHORN_PORT: "0", POSTHORN_ADMIN_KEY: adminKey },
);
const service = await startService(config);
try {
  const { url } = service;
  const hook = `http://127.0.0.1:${receiver.address().port}/`;
  await call(url, adminKey, { path: "webhook_endpoints", body: { org_id: orgId, url: hook } });
  const keys = {};
  for (const role of ["read", "publish"]) {
    const body = { org_id: orgId, role };
    const prefer = "return=representation";
    const made = await call(url, adminKey, { path: "api_keys", body, prefer });
    keys[role] = (Array.isArray(made) ? made[0] : made).key;
  }
  await call(url, adminKey, {
    path: "webhook_events",
    body: Array.from({ length: 500 }, () => event),
  });
  process.stdout.write("request | admin key, ms | org's key, ms | more\n");
  for (const request of requests) {
    process.stdout.write(`${await measure(url, keys, request)}\n`);
  }
} finally {
  await service.close();
  receiver.closeAllConnections();
  receiver.close();
  await rm(dataDir, { recursive: true, force: true });
}
