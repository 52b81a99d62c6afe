/** The HTTP application: authentication, health checks, the REST API and its OpenAPI document. */
import cors from "@fastify/cors";
import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import Fastify, { type FastifyInstance } from "fastify";
import { PosthornError } from "../errors/catalogue.ts";
import type { LiveFeed } from "../observe/live-feed.ts";
import type { Logger } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Readiness } from "../observe/readiness.ts";
import { version } from "../version.ts";
import { registerConsole, takeCookies } from "./console/index.ts";
import type { PageOptions } from "./console/page.ts";
import { registerDocs } from "./docs.ts";
import type { StreamKeys } from "./event-stream.ts";
import type { PublicKeys } from "../model/public-keys.ts";
import { registerPublicKeys } from "./public-keys.ts";
import { restFunctions, type FunctionDependencies } from "./functions/index.ts";
import {
  authenticate,
  authenticateAny,
  callerOf,
  apiCallerOf,
  principalOf,
  takeCallers,
  type Authenticate,
} from "./plugins/auth.ts";
import { createRequestRates, type RequestRatesOptions } from "./plugins/request-rates.ts";
import { boundAnswers, serverBounds } from "./plugins/slow-clients.ts";
import { boundUnreadAnswers } from "./plugins/unread-answers.ts";
import { refuseDeliveries } from "./plugins/loop.ts";
import { answerRefusals, plainRefusals } from "./plugins/refusals.ts";
import { closeUnusedConnections } from "./plugins/unused-connections.ts";
import { apiReference, apiTags } from "./reference/index.ts";
import { registerRestDialect } from "./rest/index.ts";
import { pageHeader } from "./rest/read.ts";
import type { Stopping } from "./pre-stop-delay.ts";
import { noteRoutes } from "./routes.ts";
import { registerStream } from "./stream.ts";
import { registerSvixDialect } from "./svix/index.ts";
import { registerTerminal } from "./terminal.ts";
import type { KnownOrgs, SvixAliases, SvixTokens, TokenVerifier } from "../registry/index.ts";
import { restResources, type ResourceDependencies } from "./resources.ts";

export interface AppDependencies extends FunctionDependencies, ResourceDependencies {
  readonly metrics: Metrics;
  readonly stopping: Stopping;
  readiness(): Promise<Readiness>;
  /** Returns the metrics of all processes behind this port. */
  renderMetrics(): Promise<string>;
  readonly logger: Logger;
  readonly live: LiveFeed;
  readonly tokens: TokenVerifier | null;
  readonly svixAliases: SvixAliases;
  readonly svixTokens: SvixTokens;
  readonly knownOrgs: KnownOrgs;
  readonly streamKeys: StreamKeys;
  readonly consolePage: PageOptions;
  /** The keys that the platform's own signatures are verified with. */
  readonly publicKeys: PublicKeys;
  readonly requestRates: Pick<RequestRatesOptions, "perSecondMax" | "adminPerSecondMax">;
  /** Addresses and ranges of trusted proxies. Empty if there are none. */
  readonly trustProxy: readonly string[];
  /** The maximum number of client connections. Posthorn closes further ones. */
  readonly connectionsMax: number;
  readonly unreadAnswerBytesMax: number;
}

const restPrefix = "/rest/v1";

const corsOptions = {
  origin: true,
  strictPreflight: false,
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  // How many seconds a browser may remember that it may send a request.
  maxAge: 600,
};

/** The response headers that pages of other sites may read. */
const exposedHeaders = [
  "Content-Range",
  "Content-Location",
  "Location",
  "Posthorn-Duplicate",
  "Posthorn-Event-Id",
  "Preference-Applied",
  "Retry-After",
  pageHeader,
];

/** Builds the application. It does not listen yet. */
export async function createApp(dependencies: AppDependencies): Promise<FastifyInstance> {
  const { stopping, readiness } = dependencies;
  const onFault = (error: unknown): void =>
    dependencies.logger.error({ error }, "a request failed");
  const isReady = async () => !stopping.is && (await readiness()).status === "ready";
  const app = Fastify({
    ...serverBounds,
    logger: false,
    forceCloseConnections: "idle",
    ...(dependencies.trustProxy.length > 0 ? { trustProxy: [...dependencies.trustProxy] } : {}),
    ...plainRefusals(onFault),
  });
  noteRoutes(app);
  boundAnswers(app, dependencies.connectionsMax);
  boundUnreadAnswers(app, dependencies.unreadAnswerBytesMax);
  answerRefusals(app, onFault);
  await app.register(cors, { ...corsOptions, exposedHeaders: [...exposedHeaders] });
  await app.register(swagger, { openapi: description, hideUntagged: true });
  closeUnusedConnections(app);
  takeCallers(app);
  await takeCookies(app);
  const rates = await createRequestRates(app, {
    ...dependencies.requestRates,
    callerOf,
    onRefused: () => dependencies.metrics.refused("rate_limited"),
  });
  const letIn = authenticate({ ...dependencies, rates });
  registerHealth(app, dependencies, authenticateAny({ ...dependencies, rates }));
  await app.register(async (rest) => {
    rest.addHook("onRequest", refuseDeliveries);
    rest.addHook("onRequest", letIn);
    const access = { ...dependencies, authenticate: letIn, principalOf };
    registerStream(rest, `${restPrefix}/stream`, access);
    registerTerminal(rest, `${restPrefix}/terminal`, access);
    await registerRestDialect(rest, {
      prefix: restPrefix,
      tenants: dependencies.tenants,
      clock: dependencies.clock,
      resources: restResources(dependencies),
      functions: restFunctions(dependencies),
      reference: apiReference,
      apiCallerOf,
    });
  });
  await app.register(async (scope) =>
    registerSvixDialect(scope, { ...dependencies, rates, onFault, isReady }),
  );
  await app.register((scope) =>
    registerConsole(scope, {
      authenticator: dependencies.authenticator,
      sessions: dependencies.sessions,
      rates,
      publicUrl: dependencies.publicUrl,
      isSecure: dependencies.publicUrl().startsWith("https:"),
      page: dependencies.consolePage,
    }),
  );
  await app.register(registerDocs);
  app.get("/openapi.json", () => app.swagger());
  registerPublicKeys(app, dependencies.publicKeys);
  return app;
}

const description: NonNullable<FastifyDynamicSwaggerOptions["openapi"]> = {
  openapi: "3.1.0",
  info: {
    title: "Posthorn",
    version,
    description:
      "Sends a platform's webhooks. The tables use PostgREST's dialect: filters are query " +
      "parameters such as `status=eq.failed`, and every table supports `select`, `order`, " +
      "`limit` and `offset`.",
    license: { name: "MIT", identifier: "MIT" },
  },
  components: {
    securitySchemes: {
      apikey: { type: "apiKey", in: "header", name: "apikey" },
      bearer: { type: "http", scheme: "bearer" },
    },
  },
  security: [{ apikey: [] }, { bearer: [] }],
  tags: apiTags,
};

function registerHealth(
  app: FastifyInstance,
  dependencies: AppDependencies,
  letIn: Authenticate,
): void {
  app.get("/healthz", async () => ({ status: "alive" }));
  app.get("/readyz", async (_request, reply) => {
    if (dependencies.stopping.is) return reply.code(503).send({ status: "stopping" });
    const answer = await dependencies.readiness();
    if (answer.status !== "ready") reply.code(503).header("retry-after", "1");
    return { ...answer, row_security: dependencies.tenants.hasRowSecurity ? "on" : "off" };
  });
  type Asked = { Querystring: { process?: unknown } };
  app.get<Asked>("/metrics", { onRequest: letIn }, async (request, reply) => {
    const { kind } = callerOf(request);
    if (kind !== "admin" && kind !== "metrics") throw new PosthornError("PH_METRICS_DENIED");
    const { registry } = dependencies.metrics;
    const isOwn = request.query.process === "own";
    const text = isOwn ? await registry.metrics() : await dependencies.renderMetrics();
    return reply.type(registry.contentType).send(text);
  });
}
