/** The types of the API's rows and results, derived from its OpenAPI document. */
import type { paths } from "./openapi.ts";

type JsonOf<Response> = Response extends { content: { "application/json": infer Body } }
  ? Body
  : never;

type TablePath = Extract<keyof paths, `/rest/v1/${string}`>;

/** The names of the tables. */
export type TableName = {
  [Path in TablePath]: Path extends `/rest/v1/rpc/${string}`
    ? never
    : Path extends "/rest/v1/stream"
      ? never
      : Path extends `/rest/v1/${infer Name}`
        ? Name
        : never;
}[TablePath];

type TablePaths<Name extends TableName> = paths[`/rest/v1/${Name}`];

/** A row in the response to a read. */
export type Row<Name extends TableName> =
  TablePaths<Name> extends { get: { responses: { 200: infer Answer } } }
    ? JsonOf<Answer> extends (infer Item)[]
      ? Item
      : never
    : never;

/** A row in the response to an insert. It contains the values that are shown only once. */
export type CreatedRow<Name extends TableName> =
  TablePaths<Name> extends { post: { responses: { 201: infer Answer } } }
    ? ElementOf<JsonOf<Answer>>
    : never;

type ElementOf<Body> = Body extends readonly (infer Element)[] ? Element : Body;

/** The fields that a change may contain. */
export type Changes<Name extends TableName> =
  TablePaths<Name> extends {
    patch: { requestBody?: { content: { "application/json": infer Body } } };
  }
    ? Partial<Body>
    : never;

/** The fields that an insert may contain. */
export type NewRow<Name extends TableName> =
  TablePaths<Name> extends {
    post: { requestBody?: { content: { "application/json": infer Body } } };
  }
    ? Exclude<Body, readonly unknown[]>
    : never;

type FunctionPath = Extract<keyof paths, `/rest/v1/rpc/${string}`>;

export type FunctionName = {
  [Path in FunctionPath]: Path extends `/rest/v1/rpc/${infer Name}` ? Name : never;
}[FunctionPath];

export type Arguments<Name extends FunctionName> = paths[`/rest/v1/rpc/${Name}`] extends {
  post: { requestBody?: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type Result<Name extends FunctionName> = paths[`/rest/v1/rpc/${Name}`] extends {
  post: { responses: { 200: infer Answer } };
}
  ? JsonOf<Answer>
  : never;

export type Endpoint = Row<"webhook_endpoints">;
export type EventType = Row<"webhook_event_types">;
export type Event = Row<"webhook_events">;
export type Attempt = Row<"webhook_attempts">;
export type Delivery = Row<"webhook_deliveries">;
export type Replay = Row<"webhook_replays">;
export type Org = Row<"webhook_orgs">;
export type ApiKey = Row<"api_keys">;
export type Contract = Row<"webhook_contracts">;
/** A delivery in a list. Lists omit the payload, which may be 256 KiB. */
export type ListedDelivery = Omit<Delivery, "payload">;
