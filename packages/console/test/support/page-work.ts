/** Measures how much work a page does, in a way that a slow or busy machine does not change. */
import type { Locator, Page } from "playwright-core";

export interface PageWork {
  /** The CPU time of the page's main thread since the measurement started. */
  busyMs(): Promise<number>;
  /** The CPU time to build and lay out one copy of the list, measured now. */
  copyMs(): Promise<number>;
}

/** The browser's globals that the functions below use inside the page. */
interface BrowserGlobals {
  requestAnimationFrame(callback: () => void): number;
  readonly MutationObserver: new (
    callback: (records: readonly { readonly addedNodes: Iterable<{ nodeName: string }> }[]) => void,
  ) => { observe(target: unknown, options: object): void };
}

/** The list is copied several times, because one copy is too fast to measure. */
const copies = 5;

export async function measureWork(page: Page, list: Locator): Promise<PageWork> {
  const debug = await page.context().newCDPSession(page);
  await debug.send("Performance.enable", { timeDomain: "threadTicks" });
  const busyMs = async (): Promise<number> => {
    const { metrics } = await debug.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
  };
  return {
    busyMs,
    async copyMs() {
      const beforeMs = await busyMs();
      await list.evaluate((element, count) => {
        for (let made = 0; made < count; made += 1) {
          const copy = element.cloneNode(true) as typeof element;
          element.after(copy);
          copy.getBoundingClientRect();
          copy.remove();
        }
      }, copies);
      return ((await busyMs()) - beforeMs) / copies;
    },
  };
}

/**
 * Scrolls a list down, at most to its end, and waits until the browser has drawn the rows. At the
 * end of the list it first waits for the next page.
 * @returns the number of rows in the list.
 */
export async function scrollDown(list: Locator, pixels: number): Promise<number> {
  return list.evaluate(async (element, distance) => {
    const browser = globalThis as unknown as BrowserGlobals;
    const frame = (): Promise<void> =>
      new Promise((resolve) => browser.requestAnimationFrame(() => resolve()));
    while (element.scrollHeight - element.clientHeight - element.scrollTop < 1) await frame();
    element.scrollBy(0, distance);
    await frame();
    await frame();
    return element.querySelectorAll("tr").length;
  }, pixels);
}

/**
 * Counts the table rows that are added to a list.
 * @returns a function that returns the current count.
 */
export async function countAddedRows(list: Locator): Promise<() => Promise<number>> {
  const counter = await list.evaluateHandle((element) => {
    const browser = globalThis as unknown as BrowserGlobals;
    const added = { rows: 0 };
    new browser.MutationObserver((records) => {
      for (const { addedNodes } of records) {
        added.rows += [...addedNodes].filter(({ nodeName }) => nodeName === "TR").length;
      }
    }).observe(element, { childList: true, subtree: true });
    return added;
  });
  return async () => (await counter.jsonValue()).rows;
}

/** Collects the URLs under this path that the page requests from now on. */
export function watchRequests(page: Page, path: string): readonly string[] {
  const urls: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === path) urls.push(request.url());
  });
  return urls;
}
