/**
 * `posthorn endpoints test`: sends an example to an endpoint and prints the endpoint's response.
 */
import type { Command } from "commander";
import { openClient } from "../../client/client.ts";
import { addExamples } from "../../client/examples.ts";
import { formatFacts, textOf } from "../../client/table.ts";
import type { CommandContext } from "../../client/terminal.ts";
import { exitCodes } from "../../errors/exit-codes.ts";
import { deliveryTable, firstAttempts, responseOf } from "./first-attempt.ts";

export function addEndpointTest(endpoints: Command, context: CommandContext): void {
  addExamples(
    endpoints
      .command("test")
      .description(
        "Send the example of an event type to one endpoint, and wait for its first attempt. " +
          "Exits with code 5 if the endpoint did not accept it.",
      )
      .argument("<id>", "the endpoint's id")
      .option("--type <name>", "the event type; default: the endpoint's first with an example"),
    [
      "posthorn endpoints test 019ad4c0-3f6e-7b1c-8a43-5f1d2c9e0a77 --type scan.completed",
      "Send the example of one event type",
    ],
  ).action(async (id: string, options: { type?: string }, command: Command) => {
    const client = await openClient(context, command);
    const sent = await client.api.call("send_test", { endpoint_id: id, event_type: options.type });
    const eventId = textOf(sent.rows[0]?.["event_id"]);
    const deliveries = await firstAttempts(client.api, eventId);
    const delivery = deliveries.rows[0];
    if (delivery?.["status"] !== "delivered") context.exitCode = exitCodes.negative;
    if (client.json || delivery === undefined) {
      client.showRows(deliveries, deliveryTable(context));
      return;
    }
    context.terminal.out(
      formatFacts([
        ["event", eventId],
        ["type", textOf(delivery["event_type"])],
        ["delivery", textOf(delivery["id"])],
        ["status", textOf(delivery["status"])],
        ["response", responseOf(delivery)],
      ]),
    );
  });
}
