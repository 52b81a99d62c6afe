/** The catalogue of event types as a node knows it: names, and compiled schemas. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { compileSchema, type CompiledSchema } from "../model/json-schema.ts";
import type { Clock } from "../pipeline/ports.ts";
import { probeType } from "../model/probe.ts";
import type { EventTypeChecker } from "../pipeline/publish/publish.ts";
import type { Queryable } from "../postgres/pool.ts";

interface KnownType {
  readonly schema: CompiledSchema | null;
  readonly check: "refuse" | "warn";
}

interface EventTypeRow {
  name: string;
  schema: string | null;
  schema_check: "refuse" | "warn";
}

/**
 * Keeps the whole catalogue in memory, and loads it again when told that it changed, when it is
 * old, or when a type is asked for that it does not have.
 */
export class EventTypeCatalogue implements EventTypeChecker {
  readonly #database: Queryable;
  readonly #clock: Clock;
  #types: ReadonlyMap<string, KnownType> = new Map();
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;
  /** Schemas compile once for each text: a reload of an unchanged catalogue compiles nothing. */
  #compiled = new Map<string, CompiledSchema>();

  constructor(database: Queryable, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Also an unknown type is loaded: it may have been added on another node a moment ago. */
  load(type: string): Promise<void> | null {
    const isFresh = this.#clock.monotonicMs() - this.#loadedAtMs <= limits.eventTypesCacheMs;
    if (isFresh && this.#types.has(type)) return null;
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  check(type: string, dataJson: string): string | null {
    const known = this.#types.get(type);
    if (known === undefined) {
      throw new PosthornError("PH_EVENT_TYPE_UNKNOWN", { event_type: JSON.stringify(type) });
    }
    const reason = known.schema?.explain(dataJson) ?? null;
    if (reason === null || known.check === "warn") return reason;
    throw new PosthornError("PH_EVENT_DATA_INVALID", {
      event_type: JSON.stringify(type),
      reason,
    });
  }

  /** The catalogue changed: the next check loads it again. */
  invalidate(): void {
    this.#loadedAtMs = Number.NEGATIVE_INFINITY;
  }

  async #loadOnce(): Promise<void> {
    const startedAtMs = this.#clock.monotonicMs();
    const { rows } = await this.#database.query<EventTypeRow>(
      "select name, schema::text as schema, schema_check from posthorn.event_types",
    );
    const compiled = new Map<string, CompiledSchema>();
    // The probe's type is nobody's to subscribe to, so the catalogue that is shown is without it.
    const types = new Map<string, KnownType>([[probeType, { schema: null, check: "refuse" }]]);
    for (const { name, schema: text, schema_check: check } of rows) {
      if (text === null) {
        types.set(name, { schema: null, check });
        continue;
      }
      const schema = this.#compiled.get(text) ?? compileSchema(JSON.parse(text));
      compiled.set(text, schema);
      types.set(name, { schema, check });
    }
    this.#types = types;
    this.#compiled = compiled;
    this.#loadedAtMs = startedAtMs;
  }
}
