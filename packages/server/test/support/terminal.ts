/**
 * A client that connects as `posthorn listen` does: it reads a stream of deliveries, and answers
 * each one.
 */
import type { Answered, Api, Row } from "./service.ts";
import { until } from "./receiver.ts";

export interface TerminalDelivery {
  readonly attempt_token: string;
  readonly delivery_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly attempt: number;
  readonly timeout_ms: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface TestTerminal {
  readonly token: string;
  readonly deliveries: readonly TerminalDelivery[];
  readonly isOver: boolean;
  /** Waits until this many deliveries have arrived, and returns the last one. */
  waitFor(count: number, withinMs?: number): Promise<TerminalDelivery>;
  /** Answers through this API, which may belong to another node than the stream. */
  answer(api: Api, delivery: TerminalDelivery, fields: object): Promise<Answered>;
  leave(): Promise<void>;
}

/** Creates an endpoint whose destination is a terminal. */
export async function createTerminalEndpoint(
  api: Api,
  orgId: string,
  fields: object = {},
): Promise<Row> {
  const body = { org_id: orgId, destination: "cli", ...fields };
  const created = await api.post("/rest/v1/webhook_endpoints", body);
  if (created.status !== 201) throw new Error(`The answer was ${created.status} ${created.text}`);
  return created.row;
}

export async function connectTerminal(
  url: string,
  key: string,
  endpointId: string,
): Promise<TestTerminal> {
  const controller = new AbortController();
  const response = await fetch(`${url}/rest/v1/terminal?endpoint_id=${endpointId}`, {
    headers: { apikey: key },
    signal: controller.signal,
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  const state = { token: "", isOver: false };
  const deliveries: TerminalDelivery[] = [];
  const reading = readEvents(response, (event, data) => {
    if (event === "hello") state.token = String((JSON.parse(data) as Row)["token"]);
    if (event === "delivery") deliveries.push(JSON.parse(data) as TerminalDelivery);
  })
    .catch(() => {})
    .finally(() => (state.isOver = true));
  await until(() => state.token !== "", "the terminal's hello");
  return {
    deliveries,
    get token() {
      return state.token;
    },
    get isOver() {
      return state.isOver;
    },
    async waitFor(count, withinMs) {
      await until(() => deliveries.length >= count, `${count} deliveries`, withinMs);
      return deliveries[count - 1]!;
    },
    answer: (api, { attempt_token }, fields) =>
      api.post("/rest/v1/rpc/answer_terminal", { token: state.token, attempt_token, ...fields }),
    async leave() {
      controller.abort();
      await reading;
    },
  };
}

async function readEvents(
  response: Response,
  onEvent: (event: string, data: string) => void,
): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const each of events) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(each) ?? [];
      if (event !== undefined && data !== undefined) onEvent(event, data);
    }
  }
}
