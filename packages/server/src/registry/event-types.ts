/** A node's copy of the event type catalogue, with compiled schemas. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import { CheckTooLongError, storedSchema, type CompiledSchema } from "../model/json-schema.ts";
import type { Clock } from "../pipeline/ports.ts";
import { probeType } from "../model/probe.ts";
import { similarName } from "../model/similar-name.ts";
import { isBuiltInTestEvent } from "../model/test-event.ts";
import type { EventTypeChecker } from "../pipeline/publish/publish.ts";
import type { Queryable } from "../postgres/pool.ts";

interface KnownType {
  readonly schema: CompiledSchema | null;
  readonly check: "refuse" | "warn";
  readonly featureFlag: string | null;
}

type CheckedEvent = Parameters<EventTypeChecker["check"]>[0];

const tooLong = Symbol("The check took too long.");
const resting = Symbol("Checks are paused for this org.");
const notChecked = "The data was not checked, because that takes too long.";

interface EventTypeRow {
  name: string;
  schema: string | null;
  schema_check: "refuse" | "warn";
  feature_flag: string | null;
}

/**
 * Keeps the whole catalogue in memory. Loads it again after a notification of a change, when the
 * copy is old, and when a type is missing.
 */
export class EventTypeCatalogue implements EventTypeChecker {
  readonly #database: Queryable;
  readonly #clock: Clock;
  #types: ReadonlyMap<string, KnownType> = new Map();
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;
  /** Orgs whose events are rejected for a while, because checking one of them took too long. */
  readonly #resting: ExpiringMap<true>;
  /** The schemas by text, so that reloading an unchanged catalogue compiles nothing again. */
  #compiled = new Map<string, CompiledSchema>();

  constructor(database: Queryable, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
    const { schemaCheckRestMs, schemaCheckRestingOrgsMax } = limits;
    this.#resting = new ExpiringMap(
      () => clock.monotonicMs(),
      schemaCheckRestMs,
      schemaCheckRestingOrgsMax,
    );
  }

  /** An unknown type also causes a reload, because another node may have added it a moment ago. */
  load(type: string): Promise<void> | null {
    const isFresh = this.#clock.monotonicMs() - this.#loadedAtMs <= limits.eventTypesCacheMs;
    if (isFresh && this.#types.has(type)) return null;
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  check({ orgId, type, dataJson, onlyEndpointId, isProbe }: CheckedEvent): string | null {
    if (type === probeType && isProbe !== true) throw this.#unknown(type);
    const known = this.#types.get(type);
    // The built-in test event needs no entry in the catalogue, but the platform may add a type of
    // that name.
    const isTest = onlyEndpointId !== null && isBuiltInTestEvent(type);
    if (known === undefined && isTest) return null;
    if (known === undefined) {
      throw this.#unknown(type);
    }
    const reason = known.schema === null ? null : this.#explain(known.schema, orgId, dataJson);
    if (reason === null) return null;
    if (known.check === "warn") return typeof reason === "string" ? reason : notChecked;
    const details = { event_type: JSON.stringify(type) };
    if (typeof reason === "string") {
      throw new PosthornError("PH_EVENT_DATA_INVALID", { ...details, reason });
    }
    if (reason === tooLong) throw new PosthornError("PH_EVENT_CHECK_TOO_LONG", details);
    const retryAfterSeconds = limits.schemaCheckRestMs / 1000;
    throw new PosthornError("PH_EVENT_CHECKS_REST", {}, { retryAfterSeconds });
  }

  /** Suggests a type that every org may see. */
  #unknown(type: string): PosthornError {
    const visible = [...this.#types]
      .filter(([name, { featureFlag }]) => featureFlag === null && name !== probeType)
      .map(([name]) => name);
    const similar = similarName(visible, type);
    const facts = { event_type: JSON.stringify(type) };
    if (similar === null) return new PosthornError("PH_EVENT_TYPE_UNKNOWN", facts);
    const hint = `Did you mean ${similar}? GET /rest/v1/webhook_event_types lists all event types.`;
    return new PosthornError("PH_EVENT_TYPE_UNKNOWN", facts, { hint });
  }

  featureFlagOf(type: string): string | null {
    return this.#types.get(type)?.featureFlag ?? null;
  }

  /**
   * Pauses an org if checking one of its events took too long. Otherwise a few such events per
   * second would stop the node.
   */
  #explain(
    schema: CompiledSchema,
    orgId: string,
    dataJson: string,
  ): string | typeof tooLong | typeof resting | null {
    if (!schema.canTakeLong) return schema.explain(dataJson);
    if (this.#resting.has(orgId)) return resting;
    try {
      return schema.explain(dataJson);
    } catch (error) {
      if (!(error instanceof CheckTooLongError)) throw error;
      this.#resting.set(orgId, true);
      return tooLong;
    }
  }

  /** Called when the catalogue has changed. The next check loads it again. */
  invalidate(): void {
    this.#loadedAtMs = Number.NEGATIVE_INFINITY;
  }

  async #loadOnce(): Promise<void> {
    const startedAtMs = this.#clock.monotonicMs();
    const { rows } = await this.#database.query<EventTypeRow>(
      `select name, schema::text as schema, schema_check, feature_flag
       from posthorn.event_types`,
    );
    const compiled = new Map<string, CompiledSchema>();
    // The probe's type is added here and not in the public catalogue, because endpoints cannot
    // subscribe to it.
    const types = new Map<string, KnownType>([
      [probeType, { schema: null, check: "refuse", featureFlag: null }],
    ]);
    for (const { name, schema: text, schema_check: check, feature_flag: featureFlag } of rows) {
      if (text === null) {
        types.set(name, { schema: null, check, featureFlag });
        continue;
      }
      const schema = this.#compiled.get(text) ?? storedSchema(text);
      compiled.set(text, schema);
      types.set(name, { schema, check, featureFlag });
    }
    this.#types = types;
    this.#compiled = compiled;
    this.#loadedAtMs = startedAtMs;
  }
}
