/** The README's five minutes, block by block, against the service started by `npm start`. */
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "./support/command.ts";
import { pasted, type PastedAnswer } from "./support/pasted.ts";
import { until } from "./support/receiver.ts";
import type { Row } from "./support/service.ts";

const readme = path.resolve(import.meta.dirname, "../../../README.md");

let folder: string;
let service: Run;
const variables: Record<string, string> = {};
let commands: readonly string[];

beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-readme-");
  service = runCommand("dev", {
    folder,
    environment: { POSTHORN_RETRY_SCHEDULE: "0s,1s,2s" },
  });
  await until(() => service.output().includes("Ctrl-C stops"), "the first steps", 30_000);
  const printed = (pattern: RegExp) => pattern.exec(service.output())?.[1] ?? "";
  variables["POSTHORN"] = printed(/API {8}(\S+)\/rest\/v1\//);
  variables["KEY"] = printed(/Admin key {2}(\S+)/);
  variables["INBOX"] = printed(/Inbox {6}(\S+)\//);
  const text = await readFile(readme, "utf8");
  variables["ORG"] = /export ORG=(\S+)/.exec(text)?.[1] ?? "";
  const section = text.slice(text.indexOf("## Five minutes"), text.indexOf("## Where to read on"));
  commands = [...section.matchAll(/^curl (?:.*\\\n)*.*$/gm)].map(([command]) => command);
}, 60_000);
afterAll(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

test("from an endpoint to a delivery, a dead letter, its reason, and its replay", async () => {
  const next = [...commands];
  const paste = (): Promise<PastedAnswer> => {
    const command = (next.shift() ?? "")
      .replace("<event_id of the failed delivery>", variables["EVENT"] ?? "")
      .replace("<the endpoint>", variables["ENDPOINT"] ?? "");
    return pasted(command, variables);
  };
  const again = (): void => {
    next.unshift(commands[commands.length - next.length - 1] ?? "");
  };
  const rowsOf = (answer: PastedAnswer) => answer.json as readonly Row[];

  const endpoint = (await paste()).json as Row;
  expect(endpoint["secret"]).toMatch(/^whsec_/);
  variables["ENDPOINT"] = endpoint.id;

  expect((await paste()).status).toBe(201);
  await until(async () => {
    const listed = rowsOf(await paste());
    again();
    return listed[0]?.["status"] === "delivered";
  }, "the delivery");
  const [delivered] = rowsOf(await paste());
  expect(delivered).toMatchObject({ attempts: 1, payload: { event: "mission.completed" } });

  expect((await paste()).status).toBe(204);
  expect((await paste()).status).toBe(201);
  await until(
    async () => {
      const listed = rowsOf(await paste());
      again();
      return listed.length === 1;
    },
    "the dead letter",
    10_000,
  );
  const [failed] = rowsOf(await paste());
  expect(failed).toMatchObject({ status: "failed", attempts: 3, response_status: 500 });

  variables["EVENT"] = String(failed!["event_id"]);
  const [why] = rowsOf(await paste());
  expect(why).toMatchObject({ verdict: "failed" });
  expect(why!["reason"]).toContain("status 500");

  expect((await paste()).status).toBe(204);
  expect((await paste()).json).toMatchObject({ dry_run: true, total: 1 });
  expect((await paste()).json).toMatchObject({ state: "running", total: 1 });
  expect(next).toEqual([]);
  const delivery = `$POSTHORN/rest/v1/webhook_deliveries?id=eq.${failed!.id}`;
  await until(async () => {
    const [row] = rowsOf(await pasted(`curl "${delivery}" -H "apikey: $KEY"`, variables));
    return row?.["status"] === "delivered";
  }, "the replay");
}, 60_000);
