/**
 * Checks every contract in this folder with the vendor's own verifier: the renderer builds a
 * request, a receiver gets it over a socket, and the verifier must accept it. Where the scheme
 * signs the body, the verifier must also reject the same request with another body.
 *
 * `node run.js [NAME…]` checks these vendors, or all.
 */
import { randomUUID, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer, request } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readContract } from "../packages/server/dist/contracts/load.js";
import {
  createPlatformKeys,
  readPlatformKey,
} from "../packages/server/dist/contracts/platform-keys.js";
import { compileContract } from "../packages/server/dist/contracts/render.js";

/** How many vendors the whole check has; it grows with each new folder. */
const vendorsMin = 54;
const folder = path.dirname(fileURLToPath(import.meta.url));

/** Collects the raw requests in the order of their arrival. */
const received = [];
const server = createServer((incoming, response) => {
  const chunks = [];
  incoming.on("data", (chunk) => chunks.push(chunk));
  incoming.on("end", () => {
    received.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString() });
    response.end("ok");
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;

const pairs = {
  ed25519: generateKeyPairSync("ed25519"),
  "ecdsa-p256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "rsa-sha256": generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const platformKeys = createPlatformKeys(
  Object.values(pairs).map(({ privateKey }) =>
    readPlatformKey(privateKey.export({ format: "jwk" }), 0),
  ),
);
const publicKeys = Object.fromEntries(
  Object.entries(pairs).map(([name, { publicKey }]) => [name, publicKey.export({ format: "jwk" })]),
);

async function send(url, { headers, body }) {
  const outgoing = request(url, { method: "POST", agent: false });
  for (let at = 0; at < headers.length; at += 2) outgoing.setHeader(headers[at], headers[at + 1]);
  outgoing.end(body);
  const [response] = await once(outgoing, "response");
  response.resume();
  await once(response, "end");
  return received.at(-1);
}

/** True if the verifier accepts it: some throw, some return false or an error. */
async function accepts(verify, facts) {
  try {
    const result = await verify(facts);
    return result !== false && !(result instanceof Error) && typeof result !== "string";
  } catch (error) {
    if (process.env.VERBOSE) console.error(error);
    return false;
  }
}

function changed({ headers, body }) {
  const at = body.lastIndexOf("1");
  return { headers, body: at < 0 ? `${body} ` : `${body.slice(0, at)}2${body.slice(at + 1)}` };
}

async function check(name, vendor) {
  const contract = compileContract(
    readContract(path.join(folder, name, "contract.json")),
    platformKeys,
  );
  const texts = vendor.secrets ?? { [contract.firstSecret]: vendor.secret };
  const keys = new Map();
  for (const secret of contract.secretNames) {
    const { problem } = contract.checkSecret(secret, texts[secret]);
    if (problem !== null) return `the secret cannot be used: ${problem}`;
    keys.set(secret, [contract.prepareKey(secret, texts[secret])]);
  }
  const url = origin + (vendor.target ?? "/hooks/a?b=c");
  const id = randomUUID();
  const event = {
    id,
    type: vendor.type ?? "customer.created",
    timestampMs: Date.now(),
    dataJson: JSON.stringify(vendor.data ?? { id: 11, name: "Zoë", action: "create" }),
  };
  const endpoint = { id: randomUUID(), orgId: randomUUID(), url };
  const attempt = {
    event,
    endpoint,
    deliveryId: `${id.slice(0, 34)}00`,
    number: 1,
    atMs: Date.now(),
  };
  const sent = await send(url, contract.render(attempt, keys));
  if (!(await accepts(vendor.verify, { ...sent, url, publicKeys }))) return "it was not accepted";
  if (vendor.unsigned !== undefined) return null;
  const forged = { ...changed(sent), url, publicKeys };
  return (await accepts(vendor.verify, forged)) ? "a changed body was accepted" : null;
}

const wanted = process.argv.slice(2);
const names = readdirSync(folder).filter(
  (name) =>
    existsSync(path.join(folder, name, "contract.json")) &&
    (wanted.length === 0 || wanted.includes(name)),
);
let passed = 0;
const skipped = [];
for (const name of names) {
  const vendor = await import(`./${name}/check.js`);
  if (vendor.missing) {
    skipped.push(name);
    console.log(`${name}: skipped, because its verifier needs ${vendor.missing}`);
    continue;
  }
  const problem = await check(name, vendor).catch((error) => String(error.stack ?? error));
  if (problem === null) passed += 1;
  else console.log(`${name}: ${problem}`);
  if (vendor.unsigned !== undefined)
    console.log(`${name}: the body is not signed. ${vendor.unsigned}`);
}
server.close();
const total = wanted.length === 0 ? vendorsMin : names.length;
const failed = names.length - skipped.length - passed;
console.log(`${passed} of ${total} vendors accept what Posthorn sends; ${failed} do not.`);
if (names.length < total) console.log(`${total - names.length} vendors have no folder.`);
if (skipped.length > 0) {
  console.log(`INCOMPLETE: ${skipped.length} of ${total} were not checked: ${skipped.join(", ")}.`);
}
// A verifier that did not run has accepted nothing, so such a run is no success either.
const isComplete = passed === Math.max(total, names.length);
process.exitCode = isComplete ? 0 : failed > 0 || names.length < total ? 1 : 2;
