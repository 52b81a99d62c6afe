/** Starts the console: theme, data, pages. */
import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/notifications/styles.css";
import "./theme/console.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/errors.ts";
import { createConsoleRouter } from "./router.tsx";
import { PlatformContext } from "./theme/platform.tsx";
import { loadPlatformTheme, styleNonce, themeFor, variables } from "./theme/theme.ts";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // Retries only requests that reached no server. The server would reject a rejected request
      // again.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

declare global {
  /** Style libraries look for their nonce in this variable. */
  var __webpack_nonce__: string | undefined;
}
globalThis.__webpack_nonce__ = styleNonce();

async function start(root: HTMLElement): Promise<void> {
  const platform = await loadPlatformTheme();
  document.title = `Webhooks · ${platform.name}`;
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={themeFor(platform)}
        cssVariablesResolver={variables}
        getStyleNonce={styleNonce}
        defaultColorScheme="auto"
      >
        <PlatformContext value={platform}>
          <QueryClientProvider client={queryClient}>
            <Notifications position="bottom-right" />
            <RouterProvider router={createConsoleRouter(queryClient)} />
          </QueryClientProvider>
        </PlatformContext>
      </MantineProvider>
    </StrictMode>,
  );
}

const root = document.querySelector<HTMLElement>("#root");
if (root !== null) void start(root);
