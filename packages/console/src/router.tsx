/** Every page has a URL, so users can link to it and go back to it. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  notFound,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "./api/errors.ts";
import { orgQuery } from "./api/queries.ts";
import { currentSession, endedPortal, type Session } from "./api/session.ts";
import { Failure } from "./components/states.tsx";
import { EndpointsPage } from "./pages/endpoints.tsx";
import { NotFound } from "./pages/not-found.tsx";
import { Shell } from "./pages/shell.tsx";
import { LeftPage, PortalPage, SignInPage } from "./pages/sign-in.tsx";
import { deliverySearch, endpointSearch, overviewSearch } from "./search.ts";

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "sign-in",
  component: SignInPage,
  validateSearch: (given: Record<string, unknown>): { to?: string } =>
    typeof given["to"] === "string" ? { to: given["to"] } : {},
});

const portalRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "portal",
  component: PortalPage,
});

const leftRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "left",
  component: LeftPage,
});

/** The pages that require a session. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
  errorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
  beforeLoad: async ({ location }) => {
    const session = await currentSession();
    if (session === null && endedPortal() !== null) throw redirect({ to: "/left" });
    if (session === null) throw redirect({ to: "/sign-in", search: { to: location.href } });
    return { session };
  },
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: ({ context: { session } }) => {
    if (session.org_id === null) throw redirect({ to: "/overview", replace: true });
    throw redirect({
      to: "/orgs/$orgId/endpoints",
      params: { orgId: session.org_id },
      replace: true,
    });
  },
});

/** An address that leads nowhere, within the frame of all pages. */
const unknownRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "$",
  component: NotFound,
});

const orgRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "orgs/$orgId",
  notFoundComponent: NotFound,
  loader: async ({ context: { session, queryClient }, params: { orgId } }) => {
    if (session.org_id !== null && session.org_id !== orgId) throw notFound();
    try {
      await queryClient.ensureQueryData(orgQuery(orgId));
    } catch (error) {
      const isUnknown =
        error instanceof ApiError && (error.status === 404 || error.code === "PH_ID_INVALID");
      if (isUnknown) throw notFound();
      throw error;
    }
  },
});

const orgHomeRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/orgs/$orgId/endpoints", params, replace: true });
  },
});

const endpointsRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "endpoints",
  component: EndpointsPage,
});
const newEndpointRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "endpoints/new",
  component: lazyRouteComponent(() => import("./pages/endpoint-new.tsx"), "NewEndpointPage"),
});
const endpointRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "endpoints/$endpointId",
  validateSearch: endpointSearch,
  component: lazyRouteComponent(() => import("./pages/endpoint.tsx"), "EndpointPage"),
});
const deliveriesRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "deliveries",
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import("./pages/deliveries.tsx"), "DeliveriesPage"),
});
const deliveryRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "deliveries/$deliveryId",
  component: lazyRouteComponent(() => import("./pages/delivery.tsx"), "DeliveryPage"),
});
const eventRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "events/$eventId",
  component: lazyRouteComponent(() => import("./pages/event.tsx"), "EventPage"),
});
const catalogueRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "event-types",
  component: lazyRouteComponent(() => import("./pages/event-types.tsx"), "EventTypesPage"),
});
const activityRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "activity",
  component: lazyRouteComponent(() => import("./pages/activity.tsx"), "ActivityPage"),
});
const keysRoute = createRoute({
  getParentRoute: () => orgRoute,
  path: "keys",
  component: lazyRouteComponent(() => import("./pages/keys.tsx"), "KeysPage"),
});

/** For pages that show all orgs. */
const ofOperator = {
  notFoundComponent: NotFound,
  loader: ({ context: { session } }: { context: { session: Session } }) => {
    if (session.org_id !== null) throw notFound();
  },
};

const overviewRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "overview",
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import("./pages/overview.tsx"), "OverviewPage"),
});
const orgsRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "orgs",
  component: lazyRouteComponent(() => import("./pages/orgs.tsx"), "OrgsPage"),
});
const deadLettersRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "dead-letters",
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import("./pages/dead-letters.tsx"), "DeadLettersPage"),
});
const allEventTypesRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "event-types",
  component: lazyRouteComponent(() => import("./pages/event-types.tsx"), "EventTypesPage"),
});
const installationKeysRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "keys",
  component: lazyRouteComponent(() => import("./pages/keys.tsx"), "InstallationKeysPage"),
});
const auditRoute = createRoute({
  ...ofOperator,
  getParentRoute: () => shellRoute,
  path: "audit",
  component: lazyRouteComponent(() => import("./pages/activity.tsx"), "AuditPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  portalRoute,
  leftRoute,
  shellRoute.addChildren([
    homeRoute,
    overviewRoute,
    orgsRoute,
    deadLettersRoute,
    allEventTypesRoute,
    installationKeysRoute,
    auditRoute,
    unknownRoute,
    orgRoute.addChildren([
      orgHomeRoute,
      endpointsRoute,
      newEndpointRoute,
      endpointRoute,
      deliveriesRoute,
      deliveryRoute,
      eventRoute,
      catalogueRoute,
      activityRoute,
      keysRoute,
    ]),
  ]),
]);

export function createConsoleRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    scrollRestoration: true,
    defaultErrorComponent: ({ error, reset }) => <Failure error={error} onRetry={reset} />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>;
  }
}
