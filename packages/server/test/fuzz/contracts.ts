/**
 * Contract documents: a broken one is rejected with the name of its file. One that loads can also
 * render requests.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { documentFiles, packageFolder } from "../../src/contracts/documents.ts";
import { loadContracts } from "../../src/contracts/load.ts";
import { KeyError } from "../../src/contracts/keys.ts";
import {
  compileContract,
  EndpointKey,
  type CompiledContract,
  type Keys,
  type RenderedAttempt,
  type RenderedEvent,
} from "../../src/contracts/render.ts";
import { PosthornError } from "../../src/errors/catalogue.ts";
import { mutatedJson, wordsOf } from "./json.ts";
import type { OpenTarget, PureTarget } from "./target.ts";

const folder = packageFolder("contracts");
const documents = documentFiles(folder).map((file) => readFileSync(join(folder, file), "utf8"));
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

/** Values that are valid in some places of a document, used in other places. */
const words = [
  ...wordsOf("{event.id} {event.data} {attempt.timestamp_seconds} {sender.version} {id} {body}"),
  ...wordsOf("{timestamp} {signature} { } v1,{signature} host content-length connection text cda"),
  ...wordsOf("transfer-encoding webhook-id hex base64 base64-after-prefix hmac-sha256"),
  ...wordsOf("__proto__ constructor"),
  "",
  "\r\n",
  "\u0000",
];

async function open(): Promise<OpenTarget> {
  const scratch = await mkdtemp(join(tmpdir(), "posthorn-fuzz-"));
  const property = fc.property(
    fc.constantFrom(...documents).chain((text) => mutatedJson(text, words)),
    (text) => {
      const { name } = (JSON.parse(text) ?? {}) as { name?: unknown };
      const isFileName = typeof name === "string" && /^[a-z0-9-]{1,64}$/.test(name);
      const file = join(scratch, `${isFileName ? name : "cda"}.json`);
      writeFileSync(file, text);
      try {
        renderOnce(scratch);
      } catch (error) {
        assert.ok(error instanceof PosthornError, `It threw ${String(error)}`);
        assert.equal(error.code, "PH_CONTRACT_INVALID");
      } finally {
        rmSync(file);
      }
    },
  );
  return { property, close: () => rm(scratch, { recursive: true, force: true }) };
}

function renderOnce(scratch: string): void {
  for (const contract of loadContracts(scratch).values()) {
    const compiled = compileContract(contract);
    const event = {
      id: "01890000-0000-7000-8000-000000000000",
      type: "scan.completed",
      timestampMs: 1_700_000_000_123,
      dataJson: '{"a":1}',
    };
    const { headers, body } = compiled.render(attemptOf(event), keysFor(compiled));
    if (contract.form === undefined) {
      assert.doesNotThrow(() => JSON.parse(body) as unknown, "Its body is not JSON");
    }
    for (const [index, text] of headers.entries()) {
      const isName = index % 2 === 0;
      assert.match(text, isName ? /^[!-9;-~]+$/ : /^[ -~]*$/, "No header's text");
      if (isName) assert.ok(!framing.has(text), `It sets ${text}`);
    }
    assert.ok(contract.timeoutMs >= 1_000 && contract.timeoutMs <= 30_000);
    assert.ok(compiled.retry.scheduleMs[0] === 0, "Its first attempt waits");
  }
}

function attemptOf(event: RenderedEvent): RenderedAttempt {
  const id = "01890000-0000-7000-8000-000000000000";
  const endpoint = { id, orgId: id, url: "https://example.com/a?b" };
  return { event, endpoint, deliveryId: id, number: 1, atMs: 1_700_000_001_000 };
}

/** Returns a key for every secret, in a form that the contract accepts. */
function keysFor(contract: CompiledContract): Keys {
  const texts = [secret, "00ff"];
  return new Map(
    contract.secretNames.map((name) => {
      for (const text of texts) {
        try {
          return [name, [contract.prepareKey(name, text)]];
        } catch (error) {
          assert.ok(error instanceof KeyError);
        }
      }
      return [name, [new EndpointKey("none")]];
    }),
  );
}

/** Headers that define the request's length and target, which only the transport may set. */
const framing = new Set(["host", "content-length", "transfer-encoding", "connection"]);

export const contractTargets: readonly PureTarget[] = [
  { name: "contract", share: 2, shortCases: 100, open },
];
