/**
 * Queries on large tables use an index: the tests run EXPLAIN on the SQL that the REST API
 * generates.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parseFilter } from "../../src/http/rest/filter.ts";
import { parseOrder } from "../../src/http/rest/select.ts";
import type { Resource } from "../../src/http/rest/resource.ts";
import { countStatement, pageStatement, type Selection } from "../../src/http/rest/sql.ts";
import { webhookAudit } from "../../src/http/tables/audit.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookEvents,
} from "../../src/http/tables/deliveries.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../src/testing/test-database.ts";
import { busy, generateDeliveries } from "../support/many-deliveries.ts";

let database: TestDatabase;
let client: pg.Client;
/**
 * Maps the name of each partition, or of its index, to the partitioned table or index. It omits
 * empty partitions.
 */
let wholes: ReadonlyMap<string, string>;
/** The ids of one delivery from the middle of the table, and of its org, endpoint and event. */
let sample: Readonly<Record<"id" | "org_id" | "endpoint_id" | "event_id" | "created_at", string>>;

beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  database = await createTestDatabase(adminUrl, {
    template: await migratedTemplate(adminUrl, migrate),
  });
  client = new pg.Client({ connectionString: database.url, options: "-c TimeZone=UTC" });
  await client.connect();
  await client.query(generateDeliveries);
  const { rows: parts } = await client.query<{ part: string; whole: string }>(
    `select part.relname as part, whole.relname as whole
     from pg_inherits
     join pg_class as part on part.oid = inhrelid
     join pg_class as whole on whole.oid = inhparent
     where part.relkind = 'i' or part.reltuples > 0`,
  );
  wholes = new Map(parts.map(({ part, whole }) => [part, whole]));
  const { rows } = await client.query(
    `select id, org_id, endpoint_id, event_id, to_json(created_at) #>> '{}' as created_at
     from posthorn.deliveries where status = 'failed' and endpoint_id <> $1
     order by id offset 300 limit 1`,
    [busy.endpoint_id],
  );
  sample = rows[0] as typeof sample;
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

function selectionOf(resource: Resource, query: string, orgId: string | null): Selection {
  const parameters = [...new URLSearchParams(query)];
  const order = parameters.find(([name]) => name === "order")?.[1];
  return {
    resource,
    orgId,
    select: null,
    filters: parameters
      .filter(([name]) => name !== "order")
      .map(([name, value]) => parseFilter(name, value)),
    order: order === undefined ? [] : parseOrder(order),
    window: { offset: 0, limit: 20 },
    isCareful: false,
  };
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function plan(statement: ReturnType<typeof pageStatement>): Promise<readonly PlanNode[]> {
  const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    `explain (format json) ${statement.text}`,
    statement.values,
  );
  return nodesOf(rows[0]!["QUERY PLAN"][0].Plan);
}

const large = new Set(["deliveries", "attempts", "events", "audit_entries"]);

/** The partitioned table to which a partition belongs; any other table is returned as it is. */
function wholeOf(name: string | undefined): string | undefined {
  return wholes.get(name ?? "") ?? (name?.startsWith("audit_entries") === true ? name : undefined);
}

function relationOf(node: PlanNode): string | undefined {
  return wholeOf(node["Relation Name"]);
}

function expectIndex(nodes: readonly PlanNode[], indexes: readonly string[]): void {
  const scanned = nodes.filter(
    (node) => node["Node Type"].endsWith("Seq Scan") && large.has(relationOf(node) ?? ""),
  );
  expect(scanned).toEqual([]);
  const used = nodes.flatMap((node) => wholeOf(node["Index Name"]) ?? []);
  expect([...new Set(used)]).toEqual(expect.arrayContaining([...indexes]));
}

/** Replaces placeholders such as `{endpoint_id}` with the sample's values. */
const filled = (query: string): string =>
  query.replaceAll(/\{(\w+)\}/g, (_whole, name: keyof typeof sample) =>
    encodeURIComponent(sample[name]),
  );

/** The plan for a tenant's role: row security adds its condition to the statement. */
async function planAsTenant(
  statement: ReturnType<typeof pageStatement>,
  orgId: string,
): Promise<readonly PlanNode[]> {
  await client.query("select posthorn.make_tenant()");
  await client.query(
    `begin; set local role posthorn_tenant; set local posthorn.org_id = '${orgId}'`,
  );
  try {
    return await plan(statement);
  } finally {
    await client.query("rollback");
  }
}

/**
 * Describes a plan: which large tables it scans, which indexes it uses, and whether it sorts rows.
 */
const accessOf = (nodes: readonly PlanNode[]): readonly string[] => {
  const ways = nodes.flatMap((node) => {
    if (node["Node Type"].endsWith("Sort")) return ["sort"];
    const relation = relationOf(node);
    if (relation === undefined) return [];
    return [node["Node Type"].endsWith("Seq Scan") ? `${relation} whole` : `${relation} by index`];
  });
  return [...new Set(ways)].toSorted();
};

describe("row security makes no plan worse", () => {
  const everyQuery = [
    "",
    "order=created_at.desc",
    "created_at=gte.{created_at}&order=created_at.desc",
    "id=eq.{event_id}",
  ];
  test.each([
    ...[
      ...everyQuery,
      "status=eq.failed&order=created_at.desc",
      "endpoint_id=eq.{endpoint_id}",
    ].map((query) => [webhookDeliveries, query] as const),
    ...["", "delivery_id=eq.{id}", "endpoint_id=eq.{endpoint_id}"].map(
      (query) => [webhookAttempts, query] as const,
    ),
    ...everyQuery.map((query) => [webhookEvents, query] as const),
    ...everyQuery.map((query) => [webhookAudit, query] as const),
  ])("$name?%s", async (resource, query) => {
    for (const orgId of [sample.org_id, busy.org_id]) {
      const selection = selectionOf(resource, filled(query), orgId);
      for (const statement of [pageStatement(selection), countStatement(selection)]) {
        const walled = accessOf(await planAsTenant(statement, orgId));
        const plain = accessOf(await plan(statement));
        expect(walled.length).toBeGreaterThan(0);
        const worse = walled.filter((way) => !plain.includes(way) && !way.endsWith("by index"));
        expect(worse).toEqual([]);
      }
    }
  });
});

describe("deliveries", () => {
  test.each([
    ["endpoint_id=eq.{endpoint_id}", ["deliveries_by_endpoint"]],
    ["endpoint_id=eq.{endpoint_id}&order=created_at.desc", ["deliveries_by_endpoint"]],
    ["endpoint_id=eq.{endpoint_id}&order=created_at.asc", ["deliveries_by_endpoint"]],
    ["endpoint_id=eq.{endpoint_id}&event_type=eq.type.1", ["deliveries_by_endpoint"]],
    [
      "endpoint_id=eq.{endpoint_id}&status=eq.failed&order=created_at.desc",
      ["deliveries_failed_by_endpoint"],
    ],
    ["endpoint_id=eq.{endpoint_id}&status=in.(failed)", ["deliveries_failed_by_endpoint"]],
    ["endpoint_id=eq.{endpoint_id}&status=eq.pending", []],
    [
      "endpoint_id=eq.{endpoint_id}&created_at=gte.{created_at}&order=created_at.desc",
      ["deliveries_by_endpoint"],
    ],
    [
      "endpoint_id=eq.{endpoint_id}&created_at=gte.2026-01-01&created_at=lt.2026-01-02",
      ["deliveries_by_endpoint"],
    ],
    ["org_id=eq.{org_id}", ["deliveries_by_org"]],
    ["org_id=eq.{org_id}&order=created_at.desc", ["deliveries_by_org"]],
    ["org_id=eq.{org_id}&status=eq.failed&order=created_at.desc", ["deliveries_failed_by_org"]],
    ["event_id=eq.{event_id}", ["deliveries_pkey"]],
    ["id=eq.{id}", ["deliveries_pkey"]],
    ["id=in.({id},{event_id})", ["deliveries_pkey"]],
    ["created_at=gte.{created_at}&created_at=lt.2026-01-02", ["deliveries_pkey"]],
    ["order=created_at.desc", ["deliveries_pkey"]],
    ["status=eq.failed&order=created_at.desc", ["deliveries_failed"]],
    ["", ["deliveries_pkey"]],
  ])("?%s", async (query, indexes) => {
    const selection = selectionOf(webhookDeliveries, filled(query), null);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });

  test.each([
    ["", ["deliveries_by_org"]],
    ["status=eq.failed", ["deliveries_failed_by_org"]],
    ["endpoint_id=eq.{endpoint_id}", []],
    ["order=created_at.desc", ["deliveries_by_org"]],
  ])("with an org's key: ?%s", async (query, indexes) => {
    const selection = selectionOf(webhookDeliveries, filled(query), sample.org_id);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });

  test("newest first needs no sort, however much there is", async () => {
    for (const query of [
      `endpoint_id=eq.${busy.endpoint_id}&order=created_at.desc`,
      `endpoint_id=eq.${busy.endpoint_id}&status=eq.failed&order=created_at.desc`,
      `org_id=eq.${busy.org_id}&order=created_at.desc`,
      `org_id=eq.${busy.org_id}&status=eq.failed&order=created_at.desc`,
      "order=created_at.desc",
      "status=eq.failed&order=created_at.desc",
    ]) {
      const selection = selectionOf(webhookDeliveries, query, null);
      const nodes = (await plan(pageStatement(selection))).map((node) => node["Node Type"]);
      expect([query, nodes.filter((type) => type.endsWith("Sort"))]).toEqual([query, []]);
    }
  });

  test("a count reads no event: the join for the payload is dropped", async () => {
    const query = filled("endpoint_id=eq.{endpoint_id}&status=eq.failed");
    const nodes = await plan(countStatement(selectionOf(webhookDeliveries, query, null)));
    expectIndex(nodes, ["deliveries_failed_by_endpoint"]);
    expect(new Set(nodes.flatMap((node) => relationOf(node) ?? []))).toEqual(
      new Set(["deliveries"]),
    );
  });

  test.each([
    "status=eq.failed",
    "status=eq.pending",
    "event_id=eq.{event_id}",
    "created_at=eq.{created_at}",
    "created_at=lte.{created_at}",
    "created_at=gt.{created_at}",
    "created_at=gte.1960-01-01",
    "created_at=lt.infinity",
  ])("the condition for the index does not change the response: ?%s", async (query) => {
    const selection = selectionOf(webhookDeliveries, filled(query), null);
    const plain = {
      ...webhookDeliveries,
      columns: webhookDeliveries.columns.map(({ implies: _implies, ...column }) => column),
    };
    const counts = [];
    for (const resource of [webhookDeliveries, plain]) {
      const { text, values } = countStatement({ ...selection, resource });
      counts.push((await client.query<{ count: number }>(text, values)).rows[0]!.count);
    }
    expect(counts[0]).toBe(counts[1]);
    expect(counts[0]).toBeGreaterThan(0);
  });
});

describe("attempts and events", () => {
  test.each([
    ["delivery_id=eq.{id}&order=number", ["attempts_pkey", "deliveries_pkey"]],
    ["id=eq.{id}", ["attempts_pkey", "deliveries_pkey"]],
    ["delivery_id=in.({id},{event_id})", ["attempts_pkey", "deliveries_pkey"]],
    ["endpoint_id=eq.{endpoint_id}", ["attempts_by_endpoint", "deliveries_by_endpoint"]],
    ["org_id=eq.{org_id}", ["attempts_by_org", "deliveries_by_org"]],
    ["", ["attempts_pkey", "deliveries_pkey"]],
    ["id=lt.{id}", ["attempts_pkey", "deliveries_pkey"]],
    ["org_id=eq.{org_id}&id=gt.{id}&order=id", ["attempts_by_org", "deliveries_by_org"]],
  ])("attempts?%s", async (query, indexes) => {
    const selection = selectionOf(webhookAttempts, filled(query), null);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });

  test("the newest attempts need no sort of all, however many there are", async () => {
    for (const query of [
      "",
      `org_id=eq.${busy.org_id}`,
      `endpoint_id=eq.${busy.endpoint_id}`,
      `org_id=eq.${busy.org_id}&id=lt.${sample.id}&order=id.desc`,
    ]) {
      const selection = selectionOf(webhookAttempts, query, null);
      const nodes = await plan(pageStatement(selection));
      const sorts = nodes.filter((node) => node["Node Type"] === "Sort");
      expect([query, sorts]).toEqual([query, []]);
    }
  });

  test("their order, and a page from one on, is that of their ids", async () => {
    for (const order of ["id.asc", "id.desc"]) {
      const query = `endpoint_id=eq.${busy.endpoint_id}&order=${order}`;
      const { text, values } = pageStatement(selectionOf(webhookAttempts, query, null));
      const { rows } = await client.query<{ body: string }>(text, values);
      const ids = (JSON.parse(rows[0]!.body) as { id: string }[]).map(({ id }) => id);
      const sorted = ids.toSorted();
      expect(ids).toHaveLength(20);
      expect(ids).toEqual(order === "id.asc" ? sorted : sorted.toReversed());
      const next = `${query}&id=${order === "id.asc" ? "gt" : "lt"}.${ids[7]}`;
      const page = pageStatement(selectionOf(webhookAttempts, next, null));
      const after = await client.query<{ body: string }>(page.text, page.values);
      const following = (JSON.parse(after.rows[0]!.body) as { id: string }[]).map(({ id }) => id);
      expect(following.slice(0, 12)).toEqual(ids.slice(8));
    }
  });

  test("an attempt is found by its own id, and by its delivery's", async () => {
    for (const [query, numbers] of [
      ["delivery_id=eq.{id}", 4],
      [`id=eq.${sample.id.slice(0, -2)}02`, 1],
      [`id=eq.${sample.id.slice(0, -2)}09`, 0],
    ] as const) {
      const { text, values } = countStatement(selectionOf(webhookAttempts, filled(query), null));
      const { rows } = await client.query<{ count: number }>(text, values);
      expect([query, rows[0]?.count]).toEqual([query, numbers]);
    }
  });

  test.each([
    ["id=eq.{event_id}", ["events_pkey"]],
    ["org_id=eq.{org_id}&order=created_at.desc", ["events_by_org"]],
    ["created_at=gte.{created_at}&created_at=lt.2026-01-02", ["events_pkey"]],
    ["", ["events_pkey"]],
  ])("events?%s", async (query, indexes) => {
    const selection = selectionOf(webhookEvents, filled(query), null);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });
});

describe("the audit", () => {
  test.each([
    ["id=eq.{event_id}", ["audit_entries_pkey"]],
    ["created_at=gte.{created_at}&created_at=lt.2026-01-02", ["audit_entries_pkey"]],
    ["order=created_at.desc", ["audit_entries_pkey"]],
    ["", ["audit_entries_pkey"]],
    ["org_id=eq.{org_id}", ["audit_entries_by_org"]],
    ["org_id=eq.{org_id}&action=eq.delivery.retried", ["audit_entries_by_org"]],
    ["subject_id=eq.{event_id}", ["audit_entries_by_subject"]],
    ["subject_id=eq.{event_id}&order=created_at.desc", ["audit_entries_by_subject"]],
  ])("?%s", async (query, indexes) => {
    const selection = selectionOf(webhookAudit, filled(query), null);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });

  test.each([
    ["", ["audit_entries_by_org"]],
    ["created_at=gte.{created_at}", ["audit_entries_by_org"]],
  ])("with an org's key: ?%s", async (query, indexes) => {
    const selection = selectionOf(webhookAudit, filled(query), sample.org_id);
    expectIndex(await plan(pageStatement(selection)), indexes);
  });

  test("newest first needs no sort, however much there is", async () => {
    for (const [query, orgId] of [
      ["", null],
      ["order=created_at.desc", null],
      ["", busy.org_id],
      [`org_id=eq.${busy.org_id}`, null],
    ] as const) {
      const nodes = await plan(pageStatement(selectionOf(webhookAudit, query, orgId)));
      expect(nodes.filter((node) => node["Node Type"].endsWith("Sort"))).toEqual([]);
    }
  });
});
