/** Reads server-sent events, e.g. the live stream of the API. */

export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Yields the events of a response until it ends or is stopped. Skips the comments that keep it
 * open.
 */
export async function* readServerSentEvents(
  response: Response,
  stopping: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  if (response.body === null) return;
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  // Cancels the reader itself, because `fetch` forgets the signal after a garbage collection.
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  stopping.addEventListener("abort", cancel);
  try {
    yield* eventsOf(reader);
  } finally {
    stopping.removeEventListener("abort", cancel);
    cancel();
  }
}

async function* eventsOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    rest += decoder.decode(part.value, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const found = eventOf(block);
      if (found !== null) yield found;
    }
  }
}

function eventOf(block: string): ServerSentEvent | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length === 0 ? null : { event, data: data.join("\n") };
}
