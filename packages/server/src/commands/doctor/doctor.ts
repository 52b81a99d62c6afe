/** `posthorn doctor`: checks what the service needs on this machine, and says what to do. */
import { readConfig } from "../../config/config.ts";
import { formatFacts } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { serveDefaults } from "../serve.ts";
import type { DoctorCheck } from "./check.ts";
import { databaseChecks } from "./database-checks.ts";
import { localChecks } from "./local-checks.ts";

/**
 * Prints the checks. Sets `context.exitCode`.
 * @throws PosthornError `PH_CONFIG_INVALID`
 */
export async function doctor(isJson: boolean, context: CommandContext): Promise<void> {
  const config = readConfig(serveDefaults);
  const checks: readonly DoctorCheck[] = [
    ...(await localChecks(config)),
    ...(config.databaseUrl === null ? [] : await databaseChecks(config, context.now)),
  ];
  const problems = checks.filter(({ ok }) => !ok);
  if (problems.length > 0) context.exitCode = exitCodes.negative;
  const { out } = context.terminal;
  if (isJson) {
    out(`${JSON.stringify(checks)}\n`);
    return;
  }
  out(
    formatFacts(checks.map(({ name, ok, found }) => [name, `${ok ? "ok" : "PROBLEM"}: ${found}`])),
  );
  for (const { name, what_to_do: advice } of problems) out(`\n${name}: ${advice ?? ""}\n`);
  out(problems.length === 0 ? "\nNo problem found.\n" : `\nProblems: ${problems.length}\n`);
}
