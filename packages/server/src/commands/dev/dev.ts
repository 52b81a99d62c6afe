/** `posthorn dev`: the service, with a sample endpoint and an inbox. */
import { readConfig, type Config, type ConfigDefaults } from "../../config/config.ts";
import { startService, type Service, type ServiceOptions } from "../../service/compose.ts";
import { openDataFolder } from "../../service/data-folder.ts";
import { describePresets } from "../../service/presets.ts";
import { onDatabaseLost } from "../failure.ts";
import { stoppingBy, stopSignal } from "../stopping.ts";
import { startInbox, type Inbox } from "./inbox.ts";
import { openAtKeptPort } from "./inbox-port.ts";
import { firstSteps, sampleArrived } from "./first-steps.ts";
import { deliverSample, prepareSample, sampleOrgId } from "./sample.ts";

const devDefaults: ConfigDefaults = { allowCidrs: ["127.0.0.0/8", "::1/128"], logLevel: "warn" };

const inboxHost = "127.0.0.1";

/** Runs until a signal stops the command. */
export async function dev(): Promise<void> {
  const stopped = stopSignal();
  const options = { onDatabaseLost, stopping: stoppingBy(stopped) };
  await runDev(readConfig(devDefaults), stopped, options);
}

/** Runs until `stopped` resolves. Resolves when everything that it started has stopped. */
export async function runDev(
  config: Config,
  stopped: Promise<void>,
  options: ServiceOptions,
): Promise<void> {
  const startedAtMs = performance.now();
  const service = await startService(config, options);
  let inbox: Inbox | null = null;
  try {
    inbox = await openInbox(service, config.dataDir);
    const sample = await prepareSample(service, `${inbox.url}/inbox`, config.presets[0]);
    const webhook = await deliverSample(service, inbox, sample);
    const tookSeconds = (performance.now() - startedAtMs) / 1000;
    const screen = firstSteps({
      url: service.url,
      adminKey: service.adminKey,
      inboxUrl: inbox.url,
      orgId: sampleOrgId,
      endpointId: sample.endpointId,
      event: sample.eventToPublish,
      presets: describePresets(service.installed.presets, config),
      encryptionKeyFile: config.databaseUrl === null ? null : service.encryptionKeyFile,
    });
    process.stdout.write(`${sampleArrived(webhook, tookSeconds)}\n${screen}\n`);
    await stopped;
    process.stdout.write("\nStopping.\n");
  } finally {
    try {
      await service.close();
    } finally {
      // An open inbox would keep the process running.
      await inbox?.close();
    }
  }
}

async function openInbox(service: Service, dataDir: string): Promise<Inbox> {
  const kept = {
    folder: await openDataFolder(dataDir),
    host: inboxHost,
    apiPort: Number(new URL(service.url).port),
  };
  return openAtKeptPort(kept, (port) =>
    startInbox({ host: inboxHost, port, secrets: () => secretsOf(service) }),
  );
}

/**
 * The secrets of all endpoints, so that the inbox can verify deliveries of any endpoint that points
 * to it.
 */
async function secretsOf({ pool, store }: Service): Promise<readonly string[]> {
  const { rows } = await pool.query<{ id: string }>(
    "select id from posthorn.endpoints where deleted_at is null order by id desc limit 100",
  );
  const endpoints = await store.endpoints(rows.map((row) => row.id));
  return endpoints.flatMap((endpoint) => endpoint.secrets.map((each) => each.secret));
}
