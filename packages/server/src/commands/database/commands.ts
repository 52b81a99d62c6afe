/** The commands `backup`, `restore` and `upgrade-database`. */
import { readConfig } from "../../config/config.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { serveDefaults } from "../serve.ts";
import { StoppedError, stoppingBy } from "../stopping.ts";
import { backUp, describeBackup } from "./backup.ts";
import { describeRestore, restore } from "./restore.ts";
import { describeUpgrade, upgradeDatabase } from "./upgrade.ts";

export async function runBackup(
  file: string,
  isJson: boolean,
  context: CommandContext,
): Promise<void> {
  await unlessStopped(context, async (stopping) => {
    const options = { config: readConfig(serveDefaults), file, stopping };
    const done = await backUp(options);
    const { manifest, rows, bytes } = done;
    const { out, err } = context.terminal;
    // Standard output is the file.
    const show = file === "-" ? err : out;
    const { created_at, posthorn, postgresql, encryption_key_ids } = manifest;
    const facts = { file, bytes, created_at, posthorn, postgresql, encryption_key_ids, rows };
    show(isJson ? `${JSON.stringify(facts)}\n` : await describeBackup(done, options));
  });
}

export async function runRestore(
  file: string,
  isJson: boolean,
  context: CommandContext,
): Promise<void> {
  await unlessStopped(context, async (stopping) => {
    const loaded = await restore({ config: readConfig(serveDefaults), file, stopping });
    const { manifest, rows, pendingDeliveries } = loaded;
    const { created_at, posthorn } = manifest;
    const facts = { file, created_at, posthorn, pending_deliveries: pendingDeliveries, rows };
    context.terminal.out(isJson ? `${JSON.stringify(facts)}\n` : describeRestore(loaded));
  });
}

export async function runUpgrade(
  oldBinDir: string | null,
  isJson: boolean,
  context: CommandContext,
): Promise<void> {
  await unlessStopped(context, async (stopping) => {
    const upgraded = await upgradeDatabase({
      config: readConfig(serveDefaults),
      oldBinDir,
      stopping,
    });
    const facts =
      upgraded === null
        ? { is_moved: false }
        : {
            is_moved: true,
            from: upgraded.from,
            to: upgraded.to,
            old_files: upgraded.oldDir,
            rows: upgraded.copied.rows,
            left_behind: upgraded.copied.leftBehind,
          };
    context.terminal.out(isJson ? `${JSON.stringify(facts)}\n` : describeUpgrade(upgraded));
  });
}

/** A script must not take a stopped backup for a complete one. */
async function unlessStopped(
  context: CommandContext,
  work: (stopping: AbortSignal) => Promise<void>,
): Promise<void> {
  try {
    await work(stoppingBy(context.terminal.stopped()));
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    context.exitCode = exitCodes.failed;
    context.terminal.err("posthorn: stopped before the end; nothing was changed\n");
  }
}
