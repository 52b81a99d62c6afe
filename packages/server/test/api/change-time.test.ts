/** A request that stores many rows holds its connection for a limited time. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let operator: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  operator = new pg.Client({ connectionString: posthorn.databaseUrl });
  await operator.connect();
});
afterAll(async () => {
  await operator.end();
  await posthorn.close();
});

test("if storing all rows takes too long, the request is rejected and stores none of them", async () => {
  const rowMs = limits.changeRowsMs / 3;
  await operator.query(
    `create function slow() returns trigger language plpgsql as
       $$ begin perform pg_sleep(${rowMs / 1000}); return new; end $$;
     create trigger slow before insert on posthorn.orgs for each row execute function slow()`,
  );
  const rows = (count: number) =>
    Array.from({ length: count }, () => ({ id: posthorn.newOrg(), name: "slow" }));
  const many = rows(20);
  const startMs = performance.now();
  const { status, row } = await posthorn.api.post("/rest/v1/webhook_orgs", many);
  expect([status, row["code"]]).toEqual([413, "PH_CHANGE_TOO_LONG"]);
  expect(performance.now() - startMs).toBeLessThan(many.length * rowMs);
  const stored = await posthorn.api.get(
    `/rest/v1/webhook_orgs?id=in.(${many.map(({ id }) => id).join()})`,
  );
  expect(stored.rows).toEqual([]);
  expect((await posthorn.api.post("/rest/v1/webhook_orgs", rows(2))).status).toBe(201);
}, 60_000);
