/** The console as users see it: a service, a browser, and a page with checks. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import {
  adminKey,
  startTestService,
  type TestService,
} from "../../../server/test/support/service.ts";
import { watchApi, type ApiWatch } from "./api-watch.ts";
import { startBrowser } from "./browser.ts";

type ContextOptions = Parameters<Browser["newContext"]>[0];

type StorageState = NonNullable<NonNullable<ContextOptions>["storageState"]>;

type SignedInOptions = ContextOptions & { readonly key?: string };

export interface TestConsole {
  readonly posthorn: TestService;
  readonly browser: Browser;
  /** Opens a page in a new browser context, which has no cookies. */
  open(options?: ContextOptions): Promise<OpenPage>;
  /** Opens a page of the console, signed in with a key that was used earlier. */
  openSignedIn(path: string, options?: SignedInOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly api: ApiWatch;
  go(path: string): Promise<void>;
  /** Signs in through the form, and waits until the console appears. */
  signIn(key?: string): Promise<void>;
  /**
   * Fails if the page logged an error, violated its content security policy, or made an
   * undocumented API call.
   */
  expectClean(): Promise<void>;
}

export async function startConsole(
  environment: Readonly<Record<string, string>> = {},
): Promise<TestConsole> {
  const posthorn = await startTestService({
    environment: { POSTHORN_RETRY_SCHEDULE: "0s,200ms,10m", ...environment },
  });
  const browser = await startBrowser();
  return {
    posthorn,
    browser,
    open: (options) => openPage(posthorn, browser, options),
    async openSignedIn(path, { key = adminKey, ...options } = {}) {
      const storageState = await sessionOf(posthorn, key);
      const open = await openPage(posthorn, browser, { ...options, storageState });
      await open.go(path);
      await open.page.getByRole("button", { name: "Account" }).waitFor();
      return open;
    },
    async close() {
      await browser.close();
      await posthorn.close();
    },
  };
}

/** The browser's storage after a sign-in. With it, a page opens like a second tab. */
async function sessionOf({ api, service }: TestService, key: string): Promise<StorageState> {
  const { status, headers, text } = await api.post("/console/session", { key });
  if (status !== 200) throw new Error(`Signing in was answered ${status} ${text}`);
  const [name = "", value = ""] = (headers.get("set-cookie")?.split(";")[0] ?? "").split("=");
  const { hostname, origin } = new URL(service.url);
  const attributes = { path: "/", expires: -1, httpOnly: true, secure: false } as const;
  return {
    cookies: [{ name, value, domain: hostname, ...attributes, sameSite: "Lax" }],
    origins: [{ origin, localStorage: [{ name: "posthorn.sessions", value: `[${text}]` }] }],
  };
}

async function openPage(
  posthorn: TestService,
  browser: Browser,
  options: ContextOptions,
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    // axe would measure a wrong contrast on text that is half faded in, so there are no animations.
    reducedMotion: "reduce",
    ...options,
  });
  // Closes the page after its test, because an open page would receive every event of later tests.
  onTestFinished(() => context.close());
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  // The timeout is long, because other tests may use both cores for half a minute to compile
  // programs.
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.stack ?? error.message));
  page.on("console", (message) => {
    // The browser logs this message for every error status. Other checks cover those.
    const isStatus = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) errors.push(message.text());
  });
  const { url } = posthorn.service;
  const api = await watchApi(page, url);
  return {
    page,
    context,
    api,
    go: async (path) => {
      await page.goto(url + path);
    },
    async signIn(key = adminKey) {
      await page.getByLabel(/^Key/).fill(key);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("button", { name: "Account" }).waitFor();
    },
    async expectClean() {
      await api.expectDocumented();
      expect(errors).toEqual([]);
    },
  };
}
