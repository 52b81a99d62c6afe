/**
 * Metrics of `serve --processes N`. A scrape reaches one worker, but must include all workers. So
 * that worker asks the first process, which asks all workers and combines the results.
 */
import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type MetricObject, type Registry } from "prom-client";
import { limits } from "../limits.ts";

/**
 * A request by a worker for the metrics of all workers, and its response. In the response, `text`
 * is missing if it failed.
 */
interface AllMetrics {
  readonly allMetrics: number;
  readonly text?: string | undefined;
}

/** A request to a worker for its own metrics, and its response. */
interface OwnMetrics {
  readonly ownMetrics: number;
  readonly metrics?: MetricObject[];
}

type Message = Partial<AllMetrics & OwnMetrics> | null;

const never = (): void => {};

/** Requests that have no response yet, by their number. */
class Questions<Answer> {
  #last = 0;
  readonly #open = new Map<number, (answer: Answer | null) => void>();

  /** Resolves to null if no response arrives in time. */
  async ask(send: (number: number) => void): Promise<Answer | null> {
    const number = (this.#last += 1);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Answer | null>((resolve) => {
        this.#open.set(number, resolve);
        timer = setTimeout(() => resolve(null), limits.workerMetricsMs);
        send(number);
      });
    } finally {
      clearTimeout(timer);
      this.#open.delete(number);
    }
  }

  answer(number: number, answer: Answer | null): void {
    this.#open.get(number)?.(answer);
  }
}

/**
 * Returns a function that renders the metrics for a scrape: those of all workers, or only of this
 * process if it is not a worker or the first process does not respond.
 */
export function metricsOfAll(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  const questions = new Questions<string>();
  process.on("message", (message: Message) => {
    if (message?.allMetrics !== undefined) {
      questions.answer(message.allMetrics, message.text ?? null);
    } else if (message?.ownMetrics !== undefined) {
      void answerOwn(registry, message.ownMetrics);
    }
  });
  return async () => {
    const text = await questions.ask((allMetrics) => {
      process.send?.({ allMetrics } satisfies AllMetrics, never);
    });
    return text ?? registry.metrics();
  };
}

async function answerOwn(registry: Registry, ownMetrics: number): Promise<void> {
  const metrics = await registry.getMetricsAsJSON();
  if (process.connected) {
    process.send?.({ ownMetrics, metrics: metrics as MetricObject[] } satisfies OwnMetrics, never);
  }
}

/** In the first process: responds to workers that request the metrics of all ready workers. */
export class WorkerMetrics {
  readonly #questions = new Questions<MetricObject[]>();

  /** @param ready returns the workers that are currently ready. */
  attend(worker: Worker, ready: () => readonly Worker[]): void {
    worker.on("message", (message: Message) => {
      if (message?.ownMetrics !== undefined) {
        this.#questions.answer(message.ownMetrics, message.metrics ?? null);
      } else if (message?.allMetrics !== undefined) {
        void this.#answer(worker, message.allMetrics, ready());
      }
    });
  }

  async #answer(requester: Worker, allMetrics: number, workers: readonly Worker[]): Promise<void> {
    const answers = await Promise.all(
      workers.map((worker) =>
        this.#questions.ask((ownMetrics) => {
          if (worker.isConnected()) worker.send({ ownMetrics } satisfies OwnMetrics, never);
        }),
      ),
    );
    const given = answers.filter((answer) => answer !== null);
    const text =
      given.length === 0 ? undefined : await AggregatorRegistry.aggregate(given).metrics();
    if (requester.isConnected()) requester.send({ allMetrics, text } satisfies AllMetrics, never);
  }
}
