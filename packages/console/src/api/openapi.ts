/** Generated from the API's OpenAPI document by `npm run docs`. */
export interface paths {
    "/rest/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch deliveries live
         * @description Server-sent events. The first is `hello`; from then on, no update is lost silently. Each `deliveries` event lists deliveries that a node has just attempted. If its `more` is true, the list was truncated; read the table. The connection ends after 30 minutes, or when the key expires. Then reconnect.
         */
        get: operations["read_stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/terminal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Connect a terminal
         * @description Connects a terminal to an endpoint whose destination is cli, in place of an earlier one. The response consists of server-sent events. The first is `hello`; its `token` must be part of each answer. Each `delivery` event contains the `headers` (pairs of name and value) and the `body` of a POST request, and an `attempt_token`. Answer it with rpc/answer_terminal within `timeout_ms`. The connection ends after 30 minutes, or when the key expires. Then reconnect: deliveries wait, but Posthorn deletes the endpoint after 2 minutes without a terminal.
         */
        get: operations["read_terminal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_orgs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List orgs
         * @description Lists rows. Orgs: the platform's customers. The platform chooses their ids.
         */
        get: operations["read_webhook_orgs"];
        put?: never;
        /**
         * Create an org
         * @description Creates rows. Orgs: the platform's customers. The platform chooses their ids.
         */
        post: operations["insert_webhook_orgs"];
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Rename an org
         * @description Changes the rows that match the filters. Orgs: the platform's customers. The platform chooses their ids.
         */
        patch: operations["update_webhook_orgs"];
        trace?: never;
    };
    "/rest/v1/webhook_event_types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List event types
         * @description Lists rows. The catalogue of event types.
         */
        get: operations["read_webhook_event_types"];
        put?: never;
        /**
         * Create an event type
         * @description Creates rows. The catalogue of event types.
         */
        post: operations["insert_webhook_event_types"];
        /**
         * Delete an event type
         * @description Deletes the rows that the filters choose. The catalogue of event types.
         */
        delete: operations["delete_webhook_event_types"];
        options?: never;
        head?: never;
        /**
         * Change an event type
         * @description Changes the rows that match the filters. The catalogue of event types.
         */
        patch: operations["update_webhook_event_types"];
        trace?: never;
    };
    "/rest/v1/webhook_contracts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List contracts
         * @description Lists rows. Contracts: the body, headers, signature and retries of deliveries. Keys of an org see those that its endpoints may use.
         */
        get: operations["read_webhook_contracts"];
        put?: never;
        /**
         * Store a contract
         * @description Creates rows. Contracts: the body, headers, signature and retries of deliveries. Keys of an org see those that its endpoints may use.
         */
        post: operations["insert_webhook_contracts"];
        /**
         * Delete a contract
         * @description Deletes the rows that the filters choose. Contracts: the body, headers, signature and retries of deliveries. Keys of an org see those that its endpoints may use.
         */
        delete: operations["delete_webhook_contracts"];
        options?: never;
        head?: never;
        /**
         * Change a contract
         * @description Changes the rows that match the filters. Contracts: the body, headers, signature and retries of deliveries. Keys of an org see those that its endpoints may use.
         */
        patch: operations["update_webhook_contracts"];
        trace?: never;
    };
    "/rest/v1/webhook_contract_versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List versions of contracts
         * @description Lists rows. Every version of every contract. Attempts name the version that they used.
         */
        get: operations["read_webhook_contract_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List endpoints
         * @description Lists rows. Endpoints: where Posthorn sends events to.
         */
        get: operations["read_webhook_endpoints"];
        put?: never;
        /**
         * Create an endpoint
         * @description Creates rows. Endpoints: where Posthorn sends events to.
         */
        post: operations["insert_webhook_endpoints"];
        /**
         * Delete an endpoint
         * @description Deletes the rows that the filters choose. Endpoints: where Posthorn sends events to.
         */
        delete: operations["delete_webhook_endpoints"];
        options?: never;
        head?: never;
        /**
         * Change an endpoint
         * @description Changes the rows that match the filters. Endpoints: where Posthorn sends events to.
         */
        patch: operations["update_webhook_endpoints"];
        trace?: never;
    };
    "/rest/v1/webhook_events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events
         * @description Lists rows. Events: something that happened, published once. An event is stored even if it matches no endpoint.
         */
        get: operations["read_webhook_events"];
        put?: never;
        /**
         * Publish an event
         * @description Creates rows. Events: something that happened, published once. An event is stored even if it matches no endpoint.
         */
        post: operations["insert_webhook_events"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description Lists rows. Deliveries: one event for one endpoint. A dead letter is a delivery whose status is failed.
         */
        get: operations["read_webhook_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List attempts
         * @description Lists rows. Attempts: one HTTP exchange for a delivery.
         */
        get: operations["read_webhook_attempts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List replays
         * @description Lists rows. Replays started with rpc/replay, and their progress.
         */
        get: operations["read_webhook_replays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List erasures
         * @description Lists rows. Erasures of orgs, started by rpc/erase_org.
         */
        get: operations["read_webhook_erasures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/webhook_audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List audit entries
         * @description Lists rows. The audit: who changed, replayed, retried, cancelled, tested or erased what.
         */
        get: operations["read_webhook_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/api_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description Lists rows. API keys: of orgs, and of the installation to publish for every org or to read its metrics. Posthorn shows a key only once, and stores its hash.
         */
        get: operations["read_api_keys"];
        put?: never;
        /**
         * Create an API key
         * @description Creates rows. API keys: of orgs, and of the installation to publish for every org or to read its metrics. Posthorn shows a key only once, and stores its hash.
         */
        post: operations["insert_api_keys"];
        /**
         * Delete an API key
         * @description Deletes the rows that the filters choose. API keys: of orgs, and of the installation to publish for every org or to read its metrics. Posthorn shows a key only once, and stores its hash.
         */
        delete: operations["delete_api_keys"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/retry_delivery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a delivery now
         * @description Immediately attempts a delivery again and restarts its retry schedule. Works in any state, except while an attempt is in progress.
         */
        post: operations["post_retry_delivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/cancel_delivery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a pending delivery
         * @description Cancels a pending delivery: no further attempt is made unless it is retried.
         */
        post: operations["post_cancel_delivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a replay, or count its deliveries
         * @description Sends an endpoint's deliveries again, in the background. webhook_replays shows the progress; cancel_replay cancels it. With dry_run, it only counts the deliveries.
         */
        post: operations["post_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/cancel_replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a replay
         * @description Cancels a running replay. Deliveries that it has already made due are still sent.
         */
        post: operations["post_cancel_replay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/rotate_secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate an endpoint's secret
         * @description Gives an endpoint a new secret, which is shown only once. Until the overlap ends, headers that can hold several signatures contain one from each secret. Headers that can hold only one use the new secret immediately, or from switch_at on.
         */
        post: operations["post_rotate_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/switch_secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Finish or cancel a scheduled rotation
         * @description Finishes a scheduled rotation immediately, or cancels it. After a cancellation, only the earlier secret is valid.
         */
        post: operations["post_switch_secret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/endpoint_secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an endpoint's secrets without their values
         * @description Lists the secrets with which an endpoint signs, without their values. The current secret of each name comes first.
         */
        get: operations["get_endpoint_secrets"];
        put?: never;
        /**
         * List an endpoint's secrets without their values
         * @description Lists the secrets with which an endpoint signs, without their values. The current secret of each name comes first.
         */
        post: operations["post_endpoint_secrets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/send_test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Publishes a test event to one endpoint: the example of an event type, or the built-in event webhook.test.
         */
        post: operations["post_send_test"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain why an event did or did not arrive
         * @description Explains for each endpoint of the org why an event did or did not arrive. If the org has no endpoints, the result is an empty array.
         */
        get: operations["get_explain"];
        put?: never;
        /**
         * Explain why an event did or did not arrive
         * @description Explains for each endpoint of the org why an event did or did not arrive. If the org has no endpoints, the result is an empty array.
         */
        post: operations["post_explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/erase_org": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Erase all data of an org
         * @description Erases all data of an org. This cannot be undone. Its keys and endpoints are deleted immediately; its events, deliveries and attempts in the background. webhook_erasures shows the progress. Events published while it is running are erased too, up to a minute after the call.
         */
        post: operations["post_erase_org"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/portal_link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a portal link
         * @description Creates a short-lived link that opens the console for one org, as a page or in a frame of your product. Anyone with the link can use it.
         */
        post: operations["post_portal_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/check_endpoint_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check a URL before you create an endpoint
         * @description Checks whether Posthorn would accept a URL for an endpoint, and if not, why. It stores and sends nothing.
         */
        get: operations["get_check_endpoint_url"];
        put?: never;
        /**
         * Check a URL before you create an endpoint
         * @description Checks whether Posthorn would accept a URL for an endpoint, and if not, why. It stores and sends nothing.
         */
        post: operations["post_check_endpoint_url"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/test_filter": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Test a filter with data or an event
         * @description Says whether data matches a filter, and if not, gives the first reason. It stores and sends nothing.
         */
        get: operations["get_test_filter"];
        put?: never;
        /**
         * Test a filter with data or an event
         * @description Says whether data matches a filter, and if not, gives the first reason. It stores and sends nothing.
         */
        post: operations["post_test_filter"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/test_transformation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Test a transformation with data or an event
         * @description Runs a transformation on data or an event, and returns what an endpoint would get instead. It stores and sends nothing.
         */
        get: operations["get_test_transformation"];
        put?: never;
        /**
         * Test a transformation with data or an event
         * @description Runs a transformation on data or an event, and returns what an endpoint would get instead. It stores and sends nothing.
         */
        post: operations["post_test_transformation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/sent_request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the exact request of an attempt
         * @description Returns the exact request of an attempt: URL, headers and body. If part of it is no longer known, or may have changed since, `note` explains what and why.
         */
        get: operations["get_sent_request"];
        put?: never;
        /**
         * Show the exact request of an attempt
         * @description Returns the exact request of an attempt: URL, headers and body. If part of it is no longer known, or may have changed since, `note` explains what and why.
         */
        post: operations["post_sent_request"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/preview_contract": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preview a contract
         * @description Returns the request that a contract would send for an event. It stores and sends nothing, and never uses an endpoint's secret.
         */
        get: operations["get_preview_contract"];
        put?: never;
        /**
         * Preview a contract
         * @description Returns the request that a contract would send for an event. It stores and sends nothing, and never uses an endpoint's secret.
         */
        post: operations["post_preview_contract"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/delivery_statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count attempts over time
         * @description The number, outcome and duration of attempts over time. Each node writes its counts every 5 s, so a crash loses the latest ones. Percentiles are at most 10 % off.
         */
        get: operations["get_delivery_statistics"];
        put?: never;
        /**
         * Count attempts over time
         * @description The number, outcome and duration of attempts over time. Each node writes its counts every 5 s, so a crash loses the latest ones. Percentiles are at most 10 % off.
         */
        post: operations["post_delivery_statistics"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/endpoint_health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List endpoints, the least healthy first
         * @description The health of endpoints. Endpoints with the most dead letters come first, then those with the most failures, then those that Posthorn turned off. Deleted endpoints are listed if they had attempts. Maximum number of endpoints: 200.
         */
        get: operations["get_endpoint_health"];
        put?: never;
        /**
         * List endpoints, the least healthy first
         * @description The health of endpoints. Endpoints with the most dead letters come first, then those with the most failures, then those that Posthorn turned off. Deleted endpoints are listed if they had attempts. Maximum number of endpoints: 200.
         */
        post: operations["post_endpoint_health"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count due deliveries, dead letters and endpoints
         * @description Counts of due deliveries, dead letters, endpoints and nodes.
         */
        get: operations["get_overview"];
        put?: never;
        /**
         * Count due deliveries, dead letters and endpoints
         * @description Counts of due deliveries, dead letters, endpoints and nodes.
         */
        post: operations["post_overview"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/answer_terminal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a delivery as a terminal
         * @description Reports what a terminal's receiver responded to a delivery, or why it did not respond. This is the attempt's outcome.
         */
        post: operations["post_answer_terminal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/import_svix_application": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import an application of a Svix server
         * @description Imports an application of a Svix server as an org. Svix's API keeps accepting its old id.
         */
        post: operations["post_import_svix_application"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rest/v1/rpc/import_svix_endpoint": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import an endpoint of a Svix server
         * @description Imports an endpoint of a Svix server, with its secret. Svix's API keeps accepting its old id. Its contract is svix.
         */
        post: operations["post_import_svix_endpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    read_stream: {
        parameters: {
            query?: {
                /** @description Only this org. An org's key always sees only its own org. */
                org_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: hello
                     *     data: {"at":"2026-11-23T03:36:47.645000+00:00"}
                     *
                     *     event: deliveries
                     *     data: {"deliveries":[],"more":false}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_terminal: {
        parameters: {
            query: {
                /**
                 * @description The endpoint.
                 * @example 0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35
                 */
                endpoint_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: hello
                     *     data: {"at":"2026-11-23T03:36:47.645000+00:00","endpoint_id":"0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35","token":"Zm9yIHRoaXMgc2Vzc2lvbiBvZiB0aGUgdGVybWluYWw"}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_orgs: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. Up to 10 texts to find the org by, e.g. its plan. */
                tags?: string;
                /** @description A filter, e.g. eq.value. The feature flags of the org, up to 50: it sees the event types that need them. */
                feature_flags?: string;
                /** @description A filter, e.g. eq.value. The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                contracts?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "name": "Acme Clinic",
                     *         "tags": [
                     *           "enterprise"
                     *         ],
                     *         "feature_flags": [
                     *           "beta"
                     *         ],
                     *         "contracts": [
                     *           "acme"
                     *         ],
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
                        /** @description Up to 10 texts to find the org by, e.g. its plan. */
                        tags: string[] | null;
                        /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                        feature_flags: string[] | null;
                        /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                        contracts: string[] | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_webhook_orgs: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "name": "Acme Clinic",
                 *       "tags": [
                 *         "enterprise"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                    id: string;
                    /** @description A name for people. */
                    name?: string | null;
                    /** @description Up to 10 texts to find the org by, e.g. its plan. */
                    tags?: string[] | null;
                    /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                    feature_flags?: string[] | null;
                    /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                    contracts?: string[] | null;
                } | {
                    /** @description The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                    id: string;
                    /** @description A name for people. */
                    name?: string | null;
                    /** @description Up to 10 texts to find the org by, e.g. its plan. */
                    tags?: string[] | null;
                    /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                    feature_flags?: string[] | null;
                    /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                    contracts?: string[] | null;
                }[];
            };
        };
        responses: {
            /** @description Created. The body is empty without return=representation. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "name": "Acme Clinic",
                     *         "tags": [
                     *           "enterprise"
                     *         ],
                     *         "feature_flags": [
                     *           "beta"
                     *         ],
                     *         "contracts": [
                     *           "acme"
                     *         ],
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
                        /** @description Up to 10 texts to find the org by, e.g. its plan. */
                        tags: string[] | null;
                        /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                        feature_flags: string[] | null;
                        /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                        contracts: string[] | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    update_webhook_orgs: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The org's id, chosen by the platform: any text of 1 to 256 characters without control characters.
                 * @example eq.7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11
                 */
                id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. Up to 10 texts to find the org by, e.g. its plan. */
                tags?: string;
                /** @description A filter, e.g. eq.value. The feature flags of the org, up to 50: it sees the event types that need them. */
                feature_flags?: string;
                /** @description A filter, e.g. eq.value. The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                contracts?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Acme Clinics"
                 *     }
                 */
                "application/json": {
                    /** @description A name for people. */
                    name?: string | null;
                    /** @description Up to 10 texts to find the org by, e.g. its plan. */
                    tags?: string[] | null;
                    /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                    feature_flags?: string[] | null;
                    /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                    contracts?: string[] | null;
                };
            };
        };
        responses: {
            /** @description The changed rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "name": "Acme Clinic",
                     *         "tags": [
                     *           "enterprise"
                     *         ],
                     *         "feature_flags": [
                     *           "beta"
                     *         ],
                     *         "contracts": [
                     *           "acme"
                     *         ],
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The org's id, chosen by the platform: any text of 1 to 256 characters without control characters. */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
                        /** @description Up to 10 texts to find the org by, e.g. its plan. */
                        tags: string[] | null;
                        /** @description The feature flags of the org, up to 50: it sees the event types that need them. */
                        feature_flags: string[] | null;
                        /** @description The contracts that the org's endpoints may use: 1 to 50 names. The first is the default for new endpoints. If this is null, they may use every contract, and POSTHORN_CONTRACT is the default. */
                        contracts: string[] | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_event_types: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                name?: string;
                /** @description A filter, e.g. eq.value. What an event of this type means. */
                description?: string;
                /** @description A filter, e.g. eq.value. A JSON Schema for the event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of the event's data. It must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. The group of the type. Endpoints can subscribe to it as @ and its name. */
                group_name?: string;
                /** @description A filter, e.g. eq.value. Whether customers should no longer use the type. It is still delivered. */
                is_deprecated?: string;
                /** @description A filter, e.g. eq.value. The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                feature_flag?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "scan.completed",
                     *         "description": "A scan is complete.",
                     *         "schema": {
                     *           "type": "object",
                     *           "required": [
                     *             "scan_id"
                     *           ]
                     *         },
                     *         "example": {
                     *           "scan_id": "scan-42",
                     *           "status": "completed"
                     *         },
                     *         "schema_check": "refuse",
                     *         "group_name": "scans",
                     *         "is_deprecated": false,
                     *         "feature_flag": null,
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                        name: string;
                        /** @description What an event of this type means. */
                        description: string;
                        /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of the event's data. It must match the schema. */
                        example: unknown;
                        /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                        schema_check: string;
                        /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                        group_name: string | null;
                        /** @description Whether customers should no longer use the type. It is still delivered. */
                        is_deprecated: boolean;
                        /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                        feature_flag: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_webhook_event_types: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "scan.completed",
                 *       "description": "A scan is complete.",
                 *       "schema": {
                 *         "type": "object",
                 *         "required": [
                 *           "scan_id"
                 *         ]
                 *       },
                 *       "example": {
                 *         "scan_id": "scan-42",
                 *         "status": "completed"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                    name: string;
                    /** @description What an event of this type means. */
                    description?: string;
                    /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of the event's data. It must match the schema. */
                    example?: unknown;
                    /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                    schema_check?: string;
                    /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                    group_name?: string | null;
                    /** @description Whether customers should no longer use the type. It is still delivered. */
                    is_deprecated?: boolean;
                    /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                    feature_flag?: string | null;
                } | {
                    /** @description Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                    name: string;
                    /** @description What an event of this type means. */
                    description?: string;
                    /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of the event's data. It must match the schema. */
                    example?: unknown;
                    /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                    schema_check?: string;
                    /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                    group_name?: string | null;
                    /** @description Whether customers should no longer use the type. It is still delivered. */
                    is_deprecated?: boolean;
                    /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                    feature_flag?: string | null;
                }[];
            };
        };
        responses: {
            /** @description Created. The body is empty without return=representation. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "scan.completed",
                     *         "description": "A scan is complete.",
                     *         "schema": {
                     *           "type": "object",
                     *           "required": [
                     *             "scan_id"
                     *           ]
                     *         },
                     *         "example": {
                     *           "scan_id": "scan-42",
                     *           "status": "completed"
                     *         },
                     *         "schema_check": "refuse",
                     *         "group_name": "scans",
                     *         "is_deprecated": false,
                     *         "feature_flag": null,
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                        name: string;
                        /** @description What an event of this type means. */
                        description: string;
                        /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of the event's data. It must match the schema. */
                        example: unknown;
                        /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                        schema_check: string;
                        /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                        group_name: string | null;
                        /** @description Whether customers should no longer use the type. It is still delivered. */
                        is_deprecated: boolean;
                        /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                        feature_flag: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    delete_webhook_event_types: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook.
                 * @example eq.scan.completed
                 */
                name?: string;
                /** @description A filter, e.g. eq.value. What an event of this type means. */
                description?: string;
                /** @description A filter, e.g. eq.value. A JSON Schema for the event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of the event's data. It must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. The group of the type. Endpoints can subscribe to it as @ and its name. */
                group_name?: string;
                /** @description A filter, e.g. eq.value. Whether customers should no longer use the type. It is still delivered. */
                is_deprecated?: string;
                /** @description A filter, e.g. eq.value. The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                feature_flag?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    update_webhook_event_types: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook.
                 * @example eq.scan.completed
                 */
                name?: string;
                /** @description A filter, e.g. eq.value. What an event of this type means. */
                description?: string;
                /** @description A filter, e.g. eq.value. A JSON Schema for the event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of the event's data. It must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. The group of the type. Endpoints can subscribe to it as @ and its name. */
                group_name?: string;
                /** @description A filter, e.g. eq.value. Whether customers should no longer use the type. It is still delivered. */
                is_deprecated?: string;
                /** @description A filter, e.g. eq.value. The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                feature_flag?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "schema_check": "warn"
                 *     }
                 */
                "application/json": {
                    /** @description What an event of this type means. */
                    description?: string;
                    /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of the event's data. It must match the schema. */
                    example?: unknown;
                    /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                    schema_check?: string;
                    /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                    group_name?: string | null;
                    /** @description Whether customers should no longer use the type. It is still delivered. */
                    is_deprecated?: boolean;
                    /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                    feature_flag?: string | null;
                };
            };
        };
        responses: {
            /** @description The changed rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "scan.completed",
                     *         "description": "A scan is complete.",
                     *         "schema": {
                     *           "type": "object",
                     *           "required": [
                     *             "scan_id"
                     *           ]
                     *         },
                     *         "example": {
                     *           "scan_id": "scan-42",
                     *           "status": "completed"
                     *         },
                     *         "schema_check": "refuse",
                     *         "group_name": "scans",
                     *         "is_deprecated": false,
                     *         "feature_flag": null,
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description Parts of letters, digits, _ and -, separated by . / : or a space, e.g. invoice.paid, orders/create, repo:push, Push Hook. */
                        name: string;
                        /** @description What an event of this type means. */
                        description: string;
                        /** @description A JSON Schema for the event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of the event's data. It must match the schema. */
                        example: unknown;
                        /** @description What Posthorn does with an event whose data does not match the schema: refuse (the default) rejects it, and warn stores it with a warning. */
                        schema_check: string;
                        /** @description The group of the type. Endpoints can subscribe to it as @ and its name. */
                        group_name: string | null;
                        /** @description Whether customers should no longer use the type. It is still delivered. */
                        is_deprecated: boolean;
                        /** @description The feature flag that an org needs to see and get the type. null: every org. Keys of orgs see null. */
                        feature_flag: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_contracts: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The contract's name, which its document repeats. */
                name?: string;
                /** @description A filter, e.g. eq.value. The contract's display name. */
                title?: string;
                /** @description A filter, e.g. eq.value. A description of the contract. */
                description?: string;
                /** @description A filter, e.g. eq.value. The complete contract, as docs/contracts.md describes it. */
                document?: string;
                /** @description A filter, e.g. eq.value. Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                origin?: string;
                /** @description A filter, e.g. eq.value. The version of the document. Every change makes a new one. */
                version?: string;
                /** @description A filter, e.g. eq.value. When this version was first stored. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "acme",
                     *         "title": "Acme",
                     *         "description": "The webhooks of Acme.",
                     *         "document": {
                     *           "name": "acme",
                     *           "title": "Acme",
                     *           "description": "The webhooks of Acme.",
                     *           "body": "{event.data}",
                     *           "headers": {
                     *             "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                     *           },
                     *           "signatures": {
                     *             "v1": {
                     *               "content": "{attempt.timestamp_seconds}.{body}",
                     *               "form": "v1={signature}",
                     *               "separator": ","
                     *             }
                     *           },
                     *           "retry": {
                     *             "schedule": "0s,5m,1h then every 12h until 3d"
                     *           },
                     *           "timeoutMs": 15000
                     *         },
                     *         "origin": "api",
                     *         "version": 15,
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The contract's name, which its document repeats. */
                        name: string;
                        /** @description The contract's display name. */
                        title: string;
                        /** @description A description of the contract. */
                        description: string;
                        /** @description The complete contract, as docs/contracts.md describes it. */
                        document: unknown;
                        /** @description Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                        origin: string;
                        /** @description The version of the document. Every change makes a new one. */
                        version: number;
                        /**
                         * Format: date-time
                         * @description When this version was first stored.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_webhook_contracts: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "acme",
                 *       "document": {
                 *         "name": "acme",
                 *         "title": "Acme",
                 *         "description": "The webhooks of Acme.",
                 *         "body": "{event.data}",
                 *         "headers": {
                 *           "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                 *         },
                 *         "signatures": {
                 *           "v1": {
                 *             "content": "{attempt.timestamp_seconds}.{body}",
                 *             "form": "v1={signature}",
                 *             "separator": ","
                 *           }
                 *         },
                 *         "retry": {
                 *           "schedule": "0s,5m,1h then every 12h until 3d"
                 *         },
                 *         "timeoutMs": 15000
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The contract's name, which its document repeats. */
                    name: string;
                    /** @description The complete contract, as docs/contracts.md describes it. */
                    document: unknown;
                } | {
                    /** @description The contract's name, which its document repeats. */
                    name: string;
                    /** @description The complete contract, as docs/contracts.md describes it. */
                    document: unknown;
                }[];
            };
        };
        responses: {
            /** @description Created. The body is empty without return=representation. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "acme",
                     *         "title": "Acme",
                     *         "description": "The webhooks of Acme.",
                     *         "document": {
                     *           "name": "acme",
                     *           "title": "Acme",
                     *           "description": "The webhooks of Acme.",
                     *           "body": "{event.data}",
                     *           "headers": {
                     *             "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                     *           },
                     *           "signatures": {
                     *             "v1": {
                     *               "content": "{attempt.timestamp_seconds}.{body}",
                     *               "form": "v1={signature}",
                     *               "separator": ","
                     *             }
                     *           },
                     *           "retry": {
                     *             "schedule": "0s,5m,1h then every 12h until 3d"
                     *           },
                     *           "timeoutMs": 15000
                     *         },
                     *         "origin": "api",
                     *         "version": 15,
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The contract's name, which its document repeats. */
                        name: string;
                        /** @description The contract's display name. */
                        title: string;
                        /** @description A description of the contract. */
                        description: string;
                        /** @description The complete contract, as docs/contracts.md describes it. */
                        document: unknown;
                        /** @description Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                        origin: string;
                        /** @description The version of the document. Every change makes a new one. */
                        version: number;
                        /**
                         * Format: date-time
                         * @description When this version was first stored.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    delete_webhook_contracts: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The contract's name, which its document repeats.
                 * @example eq.acme
                 */
                name?: string;
                /** @description A filter, e.g. eq.value. The contract's display name. */
                title?: string;
                /** @description A filter, e.g. eq.value. A description of the contract. */
                description?: string;
                /** @description A filter, e.g. eq.value. The complete contract, as docs/contracts.md describes it. */
                document?: string;
                /** @description A filter, e.g. eq.value. Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                origin?: string;
                /** @description A filter, e.g. eq.value. The version of the document. Every change makes a new one. */
                version?: string;
                /** @description A filter, e.g. eq.value. When this version was first stored. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    update_webhook_contracts: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The contract's name, which its document repeats.
                 * @example eq.acme
                 */
                name?: string;
                /** @description A filter, e.g. eq.value. The contract's display name. */
                title?: string;
                /** @description A filter, e.g. eq.value. A description of the contract. */
                description?: string;
                /** @description A filter, e.g. eq.value. The complete contract, as docs/contracts.md describes it. */
                document?: string;
                /** @description A filter, e.g. eq.value. Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                origin?: string;
                /** @description A filter, e.g. eq.value. The version of the document. Every change makes a new one. */
                version?: string;
                /** @description A filter, e.g. eq.value. When this version was first stored. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "document": {
                 *         "name": "acme",
                 *         "title": "Acme",
                 *         "description": "The webhooks of Acme.",
                 *         "body": "{event.data}",
                 *         "headers": {
                 *           "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                 *         },
                 *         "signatures": {
                 *           "v1": {
                 *             "content": "{attempt.timestamp_seconds}.{body}",
                 *             "form": "v1={signature}",
                 *             "separator": ","
                 *           }
                 *         },
                 *         "retry": {
                 *           "schedule": "0s,5m,1h then every 12h until 3d"
                 *         },
                 *         "timeoutMs": 10000
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The complete contract, as docs/contracts.md describes it. */
                    document?: unknown;
                };
            };
        };
        responses: {
            /** @description The changed rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "acme",
                     *         "title": "Acme",
                     *         "description": "The webhooks of Acme.",
                     *         "document": {
                     *           "name": "acme",
                     *           "title": "Acme",
                     *           "description": "The webhooks of Acme.",
                     *           "body": "{event.data}",
                     *           "headers": {
                     *             "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                     *           },
                     *           "signatures": {
                     *             "v1": {
                     *               "content": "{attempt.timestamp_seconds}.{body}",
                     *               "form": "v1={signature}",
                     *               "separator": ","
                     *             }
                     *           },
                     *           "retry": {
                     *             "schedule": "0s,5m,1h then every 12h until 3d"
                     *           },
                     *           "timeoutMs": 15000
                     *         },
                     *         "origin": "api",
                     *         "version": 15,
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The contract's name, which its document repeats. */
                        name: string;
                        /** @description The contract's display name. */
                        title: string;
                        /** @description A description of the contract. */
                        description: string;
                        /** @description The complete contract, as docs/contracts.md describes it. */
                        document: unknown;
                        /** @description Where the document comes from: shipped (with Posthorn), folder (of the operator) or api. Only contracts with the origin api can be changed here. */
                        origin: string;
                        /** @description The version of the document. Every change makes a new one. */
                        version: number;
                        /**
                         * Format: date-time
                         * @description When this version was first stored.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_contract_versions: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The version. */
                id?: string;
                /** @description A filter, e.g. eq.value. The contract's name. */
                name?: string;
                /** @description A filter, e.g. eq.value. The complete contract. */
                document?: string;
                /** @description A filter, e.g. eq.value. The version of Posthorn that sent by it; the User-Agent contains it. */
                sender_version?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": 15,
                     *         "name": "acme",
                     *         "document": {
                     *           "name": "acme",
                     *           "title": "Acme",
                     *           "description": "The webhooks of Acme.",
                     *           "body": "{event.data}",
                     *           "headers": {
                     *             "acme-signature": "t={attempt.timestamp_seconds},{signature.v1}"
                     *           },
                     *           "signatures": {
                     *             "v1": {
                     *               "content": "{attempt.timestamp_seconds}.{body}",
                     *               "form": "v1={signature}",
                     *               "separator": ","
                     *             }
                     *           },
                     *           "retry": {
                     *             "schedule": "0s,5m,1h then every 12h until 3d"
                     *           },
                     *           "timeoutMs": 15000
                     *         },
                     *         "sender_version": "0.1.0",
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The version. */
                        id: number;
                        /** @description The contract's name. */
                        name: string;
                        /** @description The complete contract. */
                        document: unknown;
                        /** @description The version of Posthorn that sent by it; the User-Agent contains it. */
                        sender_version: string;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_endpoints: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The endpoint. */
                id?: string;
                /** @description A filter, e.g. eq.value. Your own id of the endpoint, unique among the org's endpoints. */
                external_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                destination?: string;
                /** @description A filter, e.g. eq.value. The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                url?: string;
                /** @description A filter, e.g. eq.value. Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                is_connected?: string;
                /** @description A filter, e.g. eq.value. The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                events?: string;
                /** @description A filter, e.g. eq.value. Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                channels?: string;
                /** @description A filter, e.g. eq.value. A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                filter?: string;
                /** @description A filter, e.g. eq.value. A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                transformation?: string;
                /** @description A filter, e.g. eq.value. The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                retry_schedule?: string;
                /** @description A filter, e.g. eq.value. How long an attempt may take: 1 to 30. null: the contract's timeout. */
                timeout_seconds?: string;
                /** @description A filter, e.g. eq.value. Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                final_statuses?: string;
                /** @description A filter, e.g. eq.value. Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. */
                paused_until?: string;
                /** @description A filter, e.g. eq.value. Why the endpoint is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When the endpoint became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. When the first attempt after the last success failed; null if the last attempt succeeded. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The endpoint's contract, which defines body, headers, signature and retries. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. When the earlier secret stops signing after a rotation. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret takes over in headers that can hold only one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "external_id": null,
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "destination": "http",
                     *         "url": "https://example.com/webhooks",
                     *         "is_connected": null,
                     *         "events": [
                     *           "scan.completed"
                     *         ],
                     *         "channels": null,
                     *         "filter": {
                     *           "priority": {
                     *             "$in": [
                     *               "high",
                     *               "urgent"
                     *             ]
                     *           }
                     *         },
                     *         "transformation": null,
                     *         "retry_schedule": null,
                     *         "timeout_seconds": null,
                     *         "final_statuses": null,
                     *         "is_active": true,
                     *         "paused_until": null,
                     *         "inactive_reason": null,
                     *         "inactive_since": null,
                     *         "failing_since": null,
                     *         "contract": "standard",
                     *         "description": "Production",
                     *         "headers": {},
                     *         "in_flight_max": 16,
                     *         "rate_per_second": null,
                     *         "previous_secret_expires_at": null,
                     *         "secret_switches_at": null,
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /** @description Your own id of the endpoint, unique among the org's endpoints. */
                        external_id: string | null;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                        destination: string;
                        /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                        url: string | null;
                        /** @description Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                        is_connected: boolean | null;
                        /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                        events: string[] | null;
                        /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                        channels: string[] | null;
                        /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                        filter: unknown;
                        /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                        transformation: string | null;
                        /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                        retry_schedule: string | null;
                        /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                        timeout_seconds: number | null;
                        /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                        final_statuses: string[] | null;
                        /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                        is_active: boolean;
                        /**
                         * Format: date-time
                         * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused.
                         */
                        paused_until: string | null;
                        /** @description Why the endpoint is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When the endpoint became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description When the first attempt after the last success failed; null if the last attempt succeeded.
                         */
                        failing_since: string | null;
                        /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description When the earlier secret stops signing after a rotation.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret takes over in headers that can hold only one signature.
                         */
                        secret_switches_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_webhook_endpoints: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "url": "https://example.com/webhooks",
                 *       "events": [
                 *         "scan.completed"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description Your own id of the endpoint, unique among the org's endpoints. */
                    external_id?: string | null;
                    /** @description The org it belongs to. With a key of the org it can be left out. */
                    org_id?: string;
                    /** @description The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                    destination?: string;
                    /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                    url?: string | null;
                    /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                    events?: string[] | null;
                    /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                    channels?: string[] | null;
                    /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                    filter?: unknown;
                    /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                    transformation?: string | null;
                    /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                    retry_schedule?: string | null;
                    /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                    timeout_seconds?: number | null;
                    /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                    final_statuses?: string[] | null;
                    /** @description The secret that signs deliveries: text of 1 to 512 printable characters, in the form that the contract signs with. Default: Posthorn generates one. It is shown only once. */
                    secret?: string;
                    /** @description Instead of secret: a list of objects with the secret's name in the contract (default: the first), secret, and expires_at if it is an earlier one that keeps signing. The response contains the current secrets by name if the contract has several. With a change of contract: the secrets that the new one needs in addition. Posthorn generates those that are not given, and the response contains them. */
                    secrets?: unknown;
                    /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                    is_active?: boolean;
                    /**
                     * Format: date-time
                     * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. ISO 8601 or Unix seconds.
                     */
                    paused_until?: string | number | null;
                    /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                    in_flight_max?: number;
                    /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                    rate_per_second?: number | null;
                } | {
                    /** @description Your own id of the endpoint, unique among the org's endpoints. */
                    external_id?: string | null;
                    /** @description The org it belongs to. With a key of the org it can be left out. */
                    org_id?: string;
                    /** @description The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                    destination?: string;
                    /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                    url?: string | null;
                    /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                    events?: string[] | null;
                    /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                    channels?: string[] | null;
                    /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                    filter?: unknown;
                    /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                    transformation?: string | null;
                    /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                    retry_schedule?: string | null;
                    /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                    timeout_seconds?: number | null;
                    /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                    final_statuses?: string[] | null;
                    /** @description The secret that signs deliveries: text of 1 to 512 printable characters, in the form that the contract signs with. Default: Posthorn generates one. It is shown only once. */
                    secret?: string;
                    /** @description Instead of secret: a list of objects with the secret's name in the contract (default: the first), secret, and expires_at if it is an earlier one that keeps signing. The response contains the current secrets by name if the contract has several. With a change of contract: the secrets that the new one needs in addition. Posthorn generates those that are not given, and the response contains them. */
                    secrets?: unknown;
                    /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                    is_active?: boolean;
                    /**
                     * Format: date-time
                     * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. ISO 8601 or Unix seconds.
                     */
                    paused_until?: string | number | null;
                    /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                    in_flight_max?: number;
                    /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                    rate_per_second?: number | null;
                }[];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *       "external_id": null,
                     *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *       "destination": "http",
                     *       "url": "https://example.com/webhooks",
                     *       "is_connected": null,
                     *       "events": [
                     *         "scan.completed"
                     *       ],
                     *       "channels": null,
                     *       "filter": {
                     *         "priority": {
                     *           "$in": [
                     *             "high",
                     *             "urgent"
                     *           ]
                     *         }
                     *       },
                     *       "transformation": null,
                     *       "paused_until": null,
                     *       "retry_schedule": null,
                     *       "timeout_seconds": null,
                     *       "final_statuses": null,
                     *       "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                     *       "secrets": null,
                     *       "secret_warning": null,
                     *       "is_active": true,
                     *       "inactive_reason": null,
                     *       "inactive_since": null,
                     *       "failing_since": null,
                     *       "contract": "standard",
                     *       "description": "Production",
                     *       "headers": {},
                     *       "in_flight_max": 16,
                     *       "rate_per_second": null,
                     *       "previous_secret_expires_at": null,
                     *       "secret_switches_at": null,
                     *       "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *       "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /** @description Your own id of the endpoint, unique among the org's endpoints. */
                        external_id: string | null;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                        destination: string;
                        /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                        url: string | null;
                        /** @description Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                        is_connected: boolean | null;
                        /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                        events: string[] | null;
                        /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                        channels: string[] | null;
                        /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                        filter: unknown;
                        /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                        transformation: string | null;
                        /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                        retry_schedule: string | null;
                        /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                        timeout_seconds: number | null;
                        /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                        final_statuses: string[] | null;
                        /** @description The secret that signs deliveries: text of 1 to 512 printable characters, in the form that the contract signs with. Default: Posthorn generates one. It is shown only once. */
                        secret: string;
                        /** @description Instead of secret: a list of objects with the secret's name in the contract (default: the first), secret, and expires_at if it is an earlier one that keeps signing. The response contains the current secrets by name if the contract has several. With a change of contract: the secrets that the new one needs in addition. Posthorn generates those that are not given, and the response contains them. */
                        secrets: unknown;
                        /** @description Why the given secret is weak; null if it is not. It is shown only once. */
                        secret_warning: string | null;
                        /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                        is_active: boolean;
                        /**
                         * Format: date-time
                         * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused.
                         */
                        paused_until: string | null;
                        /** @description Why the endpoint is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When the endpoint became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description When the first attempt after the last success failed; null if the last attempt succeeded.
                         */
                        failing_since: string | null;
                        /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description When the earlier secret stops signing after a rotation.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret takes over in headers that can hold only one signature.
                         */
                        secret_switches_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    delete_webhook_endpoints: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The endpoint.
                 * @example eq.0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35
                 */
                id?: string;
                /** @description A filter, e.g. eq.value. Your own id of the endpoint, unique among the org's endpoints. */
                external_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                destination?: string;
                /** @description A filter, e.g. eq.value. The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                url?: string;
                /** @description A filter, e.g. eq.value. Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                is_connected?: string;
                /** @description A filter, e.g. eq.value. The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                events?: string;
                /** @description A filter, e.g. eq.value. Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                channels?: string;
                /** @description A filter, e.g. eq.value. A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                filter?: string;
                /** @description A filter, e.g. eq.value. A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                transformation?: string;
                /** @description A filter, e.g. eq.value. The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                retry_schedule?: string;
                /** @description A filter, e.g. eq.value. How long an attempt may take: 1 to 30. null: the contract's timeout. */
                timeout_seconds?: string;
                /** @description A filter, e.g. eq.value. Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                final_statuses?: string;
                /** @description A filter, e.g. eq.value. Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. */
                paused_until?: string;
                /** @description A filter, e.g. eq.value. Why the endpoint is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When the endpoint became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. When the first attempt after the last success failed; null if the last attempt succeeded. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The endpoint's contract, which defines body, headers, signature and retries. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. When the earlier secret stops signing after a rotation. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret takes over in headers that can hold only one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    update_webhook_endpoints: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The endpoint.
                 * @example eq.0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35
                 */
                id?: string;
                /** @description A filter, e.g. eq.value. Your own id of the endpoint, unique among the org's endpoints. */
                external_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                destination?: string;
                /** @description A filter, e.g. eq.value. The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                url?: string;
                /** @description A filter, e.g. eq.value. Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                is_connected?: string;
                /** @description A filter, e.g. eq.value. The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                events?: string;
                /** @description A filter, e.g. eq.value. Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                channels?: string;
                /** @description A filter, e.g. eq.value. A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                filter?: string;
                /** @description A filter, e.g. eq.value. A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                transformation?: string;
                /** @description A filter, e.g. eq.value. The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                retry_schedule?: string;
                /** @description A filter, e.g. eq.value. How long an attempt may take: 1 to 30. null: the contract's timeout. */
                timeout_seconds?: string;
                /** @description A filter, e.g. eq.value. Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                final_statuses?: string;
                /** @description A filter, e.g. eq.value. Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. */
                paused_until?: string;
                /** @description A filter, e.g. eq.value. Why the endpoint is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When the endpoint became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. When the first attempt after the last success failed; null if the last attempt succeeded. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The endpoint's contract, which defines body, headers, signature and retries. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. When the earlier secret stops signing after a rotation. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret takes over in headers that can hold only one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "is_active": false
                 *     }
                 */
                "application/json": {
                    /** @description Your own id of the endpoint, unique among the org's endpoints. */
                    external_id?: string | null;
                    /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                    url?: string | null;
                    /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                    events?: string[] | null;
                    /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                    channels?: string[] | null;
                    /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                    filter?: unknown;
                    /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                    transformation?: string | null;
                    /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                    retry_schedule?: string | null;
                    /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                    timeout_seconds?: number | null;
                    /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                    final_statuses?: string[] | null;
                    /** @description Instead of secret: a list of objects with the secret's name in the contract (default: the first), secret, and expires_at if it is an earlier one that keeps signing. The response contains the current secrets by name if the contract has several. With a change of contract: the secrets that the new one needs in addition. Posthorn generates those that are not given, and the response contains them. */
                    secrets?: unknown;
                    /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                    is_active?: boolean;
                    /**
                     * Format: date-time
                     * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused. ISO 8601 or Unix seconds.
                     */
                    paused_until?: string | number | null;
                    /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                    in_flight_max?: number;
                    /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                    rate_per_second?: number | null;
                };
            };
        };
        responses: {
            /** @description The changed rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "external_id": null,
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "destination": "http",
                     *         "url": "https://example.com/webhooks",
                     *         "is_connected": null,
                     *         "events": [
                     *           "scan.completed"
                     *         ],
                     *         "channels": null,
                     *         "filter": {
                     *           "priority": {
                     *             "$in": [
                     *               "high",
                     *               "urgent"
                     *             ]
                     *           }
                     *         },
                     *         "transformation": null,
                     *         "retry_schedule": null,
                     *         "timeout_seconds": null,
                     *         "final_statuses": null,
                     *         "is_active": true,
                     *         "paused_until": null,
                     *         "inactive_reason": null,
                     *         "inactive_since": null,
                     *         "failing_since": null,
                     *         "contract": "standard",
                     *         "description": "Production",
                     *         "headers": {},
                     *         "in_flight_max": 16,
                     *         "rate_per_second": null,
                     *         "previous_secret_expires_at": null,
                     *         "secret_switches_at": null,
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "updated_at": "2026-11-23T03:36:40.000000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /** @description Your own id of the endpoint, unique among the org's endpoints. */
                        external_id: string | null;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The kind of place: http (the default), a URL; or cli, a terminal that runs posthorn listen. It cannot be changed. */
                        destination: string;
                        /** @description The URL that events are sent to: https, with a public address. Null if the destination is cli. */
                        url: string | null;
                        /** @description Whether a terminal is connected; if not, pending deliveries wait for it. Null unless the destination is cli. */
                        is_connected: boolean | null;
                        /** @description The endpoint's subscriptions: names of event types, wildcards (* or order.*) and groups (@billing). null for all types. */
                        events: string[] | null;
                        /** @description Only events that have one of these channels are sent to the endpoint, so no event without channels: 1 to 10 channels. null: every event. */
                        channels: string[] | null;
                        /** @description A condition on events' data, e.g. {"amount":{"$gt":10}}. null: every event. */
                        filter: unknown;
                        /** @description A JavaScript function that shapes what the endpoint gets: (event, context) => ({ data, headers, cancel }). At most 16,384 characters. null: events are sent as they are. For callers with the role read, [redacted] replaces it. */
                        transformation: string | null;
                        /** @description The delay before each attempt, e.g. 0s,1m,1h then every 8h until 3d. null: the contract's. */
                        retry_schedule: string | null;
                        /** @description How long an attempt may take: 1 to 30. null: the contract's timeout. */
                        timeout_seconds: number | null;
                        /** @description Statuses after which there is no retry, besides the contract's: up to 50 from 300 to 599, or ranges of them, e.g. 400-499. */
                        final_statuses: string[] | null;
                        /** @description Whether Posthorn sends to the endpoint. If not, its pending deliveries wait. */
                        is_active: boolean;
                        /**
                         * Format: date-time
                         * @description Until then deliveries wait, at most 90 days from now. Unlike an inactive endpoint, a paused one gets a delivery for every event. null, or a time in the past: not paused.
                         */
                        paused_until: string | null;
                        /** @description Why the endpoint is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When the endpoint became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description When the first attempt after the last success failed; null if the last attempt succeeded.
                         */
                        failing_since: string | null;
                        /** @description The endpoint's contract, which defines body, headers, signature and retries. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description Custom request headers, by name. For callers with the role read, [redacted] replaces the values of headers that contain credentials, e.g. Authorization. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node uses an equal part of it, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description When the earlier secret stops signing after a rotation.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret takes over in headers that can hold only one signature.
                         */
                        secret_switches_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it was last changed.
                         */
                        updated_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_events: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The event's id: the `webhook-id` of its deliveries if it has no external_id. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The event's type: a name in webhook_event_types. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. When the event happened. Default: now. */
                timestamp?: string;
                /** @description A filter, e.g. eq.value. The event's data, byte for byte as it was published; null if it was expunged. */
                data?: string;
                /** @description A filter, e.g. eq.value. The number of endpoints that the event is sent to, or 0. */
                endpoints_matched?: string;
                /** @description A filter, e.g. eq.value. The number of deliveries that have not been created yet. */
                endpoints_pending?: string;
                /** @description A filter, e.g. eq.value. A key of 1 to 256 characters. Publishing again with the same key stores nothing again. */
                idempotency_key?: string;
                /** @description A filter, e.g. eq.value. Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is unique in the org for as long as the event is kept. If the same event is published again with the same id, it is not stored again. */
                external_id?: string;
                /** @description A filter, e.g. eq.value. Up to 10 channels. Endpoints with channels only get events with one of them. */
                channels?: string;
                /** @description A filter, e.g. eq.value. Up to 10 texts to find the event by. Endpoints do not get them. */
                tags?: string;
                /** @description A filter, e.g. eq.value. How the data violates the type's schema, if schema_check is warn. */
                schema_warning?: string;
                /** @description A filter, e.g. eq.value. When the event was published. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "event_type": "scan.completed",
                     *         "timestamp": "2026-11-23T03:36:47.645000+00:00",
                     *         "data": {
                     *           "scan_id": "scan-42",
                     *           "status": "completed"
                     *         },
                     *         "endpoints_matched": 1,
                     *         "endpoints_pending": 0,
                     *         "idempotency_key": "scan-42",
                     *         "external_id": "evt_42",
                     *         "channels": [
                     *           "site:berlin"
                     *         ],
                     *         "tags": null,
                     *         "schema_warning": null,
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The event's id: the `webhook-id` of its deliveries if it has no external_id.
                         */
                        id: string;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The event's type: a name in webhook_event_types. */
                        event_type: string;
                        /**
                         * Format: date-time
                         * @description When the event happened. Default: now.
                         */
                        timestamp: string;
                        /** @description The event's data, byte for byte as it was published; null if it was expunged. */
                        data: unknown;
                        /** @description The number of endpoints that the event is sent to, or 0. */
                        endpoints_matched: number;
                        /** @description The number of deliveries that have not been created yet. */
                        endpoints_pending: number;
                        /** @description A key of 1 to 256 characters. Publishing again with the same key stores nothing again. */
                        idempotency_key: string | null;
                        /** @description Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is unique in the org for as long as the event is kept. If the same event is published again with the same id, it is not stored again. */
                        external_id: string | null;
                        /** @description Up to 10 channels. Endpoints with channels only get events with one of them. */
                        channels: string[] | null;
                        /** @description Up to 10 texts to find the event by. Endpoints do not get them. */
                        tags: string[] | null;
                        /** @description How the data violates the type's schema, if schema_check is warn. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When the event was published.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_webhook_events: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
                /** @description The idempotency_key of the only row, with or without quotes. With several rows, set it in the body of each. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "event_type": "scan.completed",
                 *       "data": {
                 *         "scan_id": "scan-42",
                 *         "status": "completed"
                 *       },
                 *       "idempotency_key": "scan-42"
                 *     }
                 */
                "application/json": {
                    /** @description The org it belongs to. With a key of the org it can be left out. */
                    org_id?: string;
                    /** @description The event's type: a name in webhook_event_types. */
                    event_type: string;
                    /**
                     * Format: date-time
                     * @description When the event happened. Default: now. ISO 8601 or Unix seconds.
                     */
                    timestamp?: string | number;
                    /** @description The event's data, byte for byte as it was published; null if it was expunged. */
                    data: unknown;
                    /** @description A key of 1 to 256 characters. Publishing again with the same key stores nothing again. */
                    idempotency_key?: string | null;
                    /** @description Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is unique in the org for as long as the event is kept. If the same event is published again with the same id, it is not stored again. */
                    external_id?: string | null;
                    /** @description Up to 10 channels. Endpoints with channels only get events with one of them. */
                    channels?: string[] | null;
                    /** @description Up to 10 texts to find the event by. Endpoints do not get them. */
                    tags?: string[] | null;
                } | {
                    /** @description The org it belongs to. With a key of the org it can be left out. */
                    org_id?: string;
                    /** @description The event's type: a name in webhook_event_types. */
                    event_type: string;
                    /**
                     * Format: date-time
                     * @description When the event happened. Default: now. ISO 8601 or Unix seconds.
                     */
                    timestamp?: string | number;
                    /** @description The event's data, byte for byte as it was published; null if it was expunged. */
                    data: unknown;
                    /** @description A key of 1 to 256 characters. Publishing again with the same key stores nothing again. */
                    idempotency_key?: string | null;
                    /** @description Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is unique in the org for as long as the event is kept. If the same event is published again with the same id, it is not stored again. */
                    external_id?: string | null;
                    /** @description Up to 10 channels. Endpoints with channels only get events with one of them. */
                    channels?: string[] | null;
                    /** @description Up to 10 texts to find the event by. Endpoints do not get them. */
                    tags?: string[] | null;
                }[];
            };
        };
        responses: {
            /** @description Created. The body is empty without return=representation. */
            201: {
                headers: {
                    /** @description The path of the created row. Only in responses to a request with one row. */
                    location?: string;
                    /** @description The event's id. Only in responses to a request with one event. */
                    "posthorn-event-id"?: string;
                    /** @description true if the event had been published before with the same idempotency key or external_id, so that nothing was stored; otherwise false. Only in responses to a request with one event. */
                    "posthorn-duplicate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "event_type": "scan.completed",
                     *         "timestamp": "2026-11-23T03:36:47.645000+00:00",
                     *         "data": {
                     *           "scan_id": "scan-42",
                     *           "status": "completed"
                     *         },
                     *         "endpoints_matched": 1,
                     *         "endpoints_pending": 0,
                     *         "idempotency_key": "scan-42",
                     *         "external_id": "evt_42",
                     *         "channels": [
                     *           "site:berlin"
                     *         ],
                     *         "tags": null,
                     *         "schema_warning": null,
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The event's id: the `webhook-id` of its deliveries if it has no external_id.
                         */
                        id: string;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The event's type: a name in webhook_event_types. */
                        event_type: string;
                        /**
                         * Format: date-time
                         * @description When the event happened. Default: now.
                         */
                        timestamp: string;
                        /** @description The event's data, byte for byte as it was published; null if it was expunged. */
                        data: unknown;
                        /** @description The number of endpoints that the event is sent to, or 0. */
                        endpoints_matched: number;
                        /** @description The number of deliveries that have not been created yet. */
                        endpoints_pending: number;
                        /** @description A key of 1 to 256 characters. Publishing again with the same key stores nothing again. */
                        idempotency_key: string | null;
                        /** @description Your own id of the event: 1 to 256 visible ASCII characters, with spaces inside. It is unique in the org for as long as the event is kept. If the same event is published again with the same id, it is not stored again. */
                        external_id: string | null;
                        /** @description Up to 10 channels. Endpoints with channels only get events with one of them. */
                        channels: string[] | null;
                        /** @description Up to 10 texts to find the event by. Endpoints do not get them. */
                        tags: string[] | null;
                        /** @description How the data violates the type's schema, if schema_check is warn. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When the event was published.
                         */
                        created_at: string;
                        /** @description Whether the event had been published before with the same idempotency key or external_id. Only in the response to a publish whose select names it. */
                        is_duplicate?: boolean;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The delivery. */
                id?: string;
                /** @description A filter, e.g. eq.value. The endpoint. */
                endpoint_id?: string;
                /** @description A filter, e.g. eq.value. The event's type. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. The request body that is sent to the endpoint. */
                payload?: string;
                /** @description A filter, e.g. eq.value. The delivery's status: pending, delivered, failed (a dead letter) or cancelled. */
                status?: string;
                /** @description A filter, e.g. eq.value. The HTTP status of the latest attempt; null if it got no response. */
                response_status?: string;
                /** @description A filter, e.g. eq.value. The number of attempts so far. */
                attempts?: string;
                /** @description A filter, e.g. eq.value. When the next attempt is due. */
                next_retry_at?: string;
                /** @description A filter, e.g. eq.value. When the event was published. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. The event. */
                event_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. Why the latest attempt got no response. */
                error?: string;
                /** @description A filter, e.g. eq.value. When the latest attempt was made. */
                last_attempt_at?: string;
                /** @description A filter, e.g. eq.value. When the delivery became a dead letter. */
                failed_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "event_type": "scan.completed",
                     *         "payload": {
                     *           "type": "scan.completed",
                     *           "timestamp": "2026-11-23T03:36:47.645Z",
                     *           "data": {
                     *             "scan_id": "scan-42",
                     *             "status": "completed"
                     *           }
                     *         },
                     *         "status": "pending",
                     *         "response_status": 500,
                     *         "attempts": 1,
                     *         "next_retry_at": "2026-11-23T03:37:47.645000+00:00",
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "error": null,
                     *         "last_attempt_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "failed_at": null
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The delivery.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description The event's type. */
                        event_type: string;
                        /** @description The request body that is sent to the endpoint. */
                        payload: unknown;
                        /** @description The delivery's status: pending, delivered, failed (a dead letter) or cancelled. */
                        status: string;
                        /** @description The HTTP status of the latest attempt; null if it got no response. */
                        response_status: number | null;
                        /** @description The number of attempts so far. */
                        attempts: number;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the event was published.
                         */
                        created_at: string;
                        /**
                         * Format: uuid
                         * @description The event.
                         */
                        event_id: string;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description Why the latest attempt got no response. */
                        error: string | null;
                        /**
                         * Format: date-time
                         * @description When the latest attempt was made.
                         */
                        last_attempt_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the delivery became a dead letter.
                         */
                        failed_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_attempts: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The attempt. */
                id?: string;
                /** @description A filter, e.g. eq.value. The delivery. */
                delivery_id?: string;
                /** @description A filter, e.g. eq.value. The attempt's number, starting with 1. */
                number?: string;
                /** @description A filter, e.g. eq.value. The endpoint. */
                endpoint_id?: string;
                /** @description A filter, e.g. eq.value. The event. */
                event_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The HTTP status; null if there was no response. */
                response_status?: string;
                /** @description A filter, e.g. eq.value. Whether the response counted as delivered, by the contract's success rules. */
                succeeded?: string;
                /** @description A filter, e.g. eq.value. Why there was no response: address, dns, connect, tls, timeout, closed, protocol, no_terminal, transformation, cancelled, internal. */
                error?: string;
                /** @description A filter, e.g. eq.value. A description of the error. */
                error_message?: string;
                /** @description A filter, e.g. eq.value. The response's headers, with names in lower case. */
                response_headers?: string;
                /** @description A filter, e.g. eq.value. The first 16 KiB of the response's body. */
                response_body?: string;
                /** @description A filter, e.g. eq.value. Whether the response's body was longer and was truncated. */
                response_body_cut?: string;
                /** @description A filter, e.g. eq.value. The IP address that the request was sent to. */
                remote_address?: string;
                /** @description A filter, e.g. eq.value. How long the attempt took, in milliseconds. */
                duration_ms?: string;
                /** @description A filter, e.g. eq.value. How long DNS resolution took, in milliseconds; null if the name was cached. */
                dns_ms?: string;
                /** @description A filter, e.g. eq.value. How long the attempt waited for a free connection, in milliseconds. */
                wait_ms?: string;
                /** @description A filter, e.g. eq.value. How long opening the connection took, in milliseconds; null if it was reused. */
                connect_ms?: string;
                /** @description A filter, e.g. eq.value. How long the TLS handshake took, in milliseconds; null if the connection was reused. */
                tls_ms?: string;
                /** @description A filter, e.g. eq.value. How long it took from the open connection to the status line, in milliseconds. */
                first_byte_ms?: string;
                /** @description A filter, e.g. eq.value. Whether the request was sent again on a new connection, because the receiver closed a reused connection before the first byte of its response. */
                resent?: string;
                /** @description A filter, e.g. eq.value. The version of the contract that built the request. */
                contract_version?: string;
                /** @description A filter, e.g. eq.value. What caused the attempt: schedule, or manual for a retry or replay. */
                trigger?: string;
                /** @description A filter, e.g. eq.value. When the attempt was made. */
                attempted_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01",
                     *         "delivery_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *         "number": 1,
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "response_status": 500,
                     *         "succeeded": false,
                     *         "error": null,
                     *         "error_message": null,
                     *         "response_headers": {
                     *           "content-type": "text/plain"
                     *         },
                     *         "response_body": "database unavailable",
                     *         "response_body_cut": false,
                     *         "remote_address": "203.0.113.10",
                     *         "duration_ms": 87,
                     *         "dns_ms": 3.1,
                     *         "wait_ms": 0,
                     *         "connect_ms": 21.4,
                     *         "tls_ms": 24.9,
                     *         "first_byte_ms": 36.2,
                     *         "resent": false,
                     *         "contract_version": 15,
                     *         "trigger": "schedule",
                     *         "attempted_at": "2026-11-23T03:36:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The attempt.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The delivery.
                         */
                        delivery_id: string;
                        /** @description The attempt's number, starting with 1. */
                        number: number;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /**
                         * Format: uuid
                         * @description The event.
                         */
                        event_id: string;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /** @description The HTTP status; null if there was no response. */
                        response_status: number | null;
                        /** @description Whether the response counted as delivered, by the contract's success rules. */
                        succeeded: boolean;
                        /** @description Why there was no response: address, dns, connect, tls, timeout, closed, protocol, no_terminal, transformation, cancelled, internal. */
                        error: string | null;
                        /** @description A description of the error. */
                        error_message: string | null;
                        /** @description The response's headers, with names in lower case. */
                        response_headers: unknown;
                        /** @description The first 16 KiB of the response's body. */
                        response_body: string | null;
                        /** @description Whether the response's body was longer and was truncated. */
                        response_body_cut: boolean;
                        /** @description The IP address that the request was sent to. */
                        remote_address: string | null;
                        /** @description How long the attempt took, in milliseconds. */
                        duration_ms: number;
                        /** @description How long DNS resolution took, in milliseconds; null if the name was cached. */
                        dns_ms: number | null;
                        /** @description How long the attempt waited for a free connection, in milliseconds. */
                        wait_ms: number | null;
                        /** @description How long opening the connection took, in milliseconds; null if it was reused. */
                        connect_ms: number | null;
                        /** @description How long the TLS handshake took, in milliseconds; null if the connection was reused. */
                        tls_ms: number | null;
                        /** @description How long it took from the open connection to the status line, in milliseconds. */
                        first_byte_ms: number | null;
                        /** @description Whether the request was sent again on a new connection, because the receiver closed a reused connection before the first byte of its response. */
                        resent: boolean;
                        /** @description The version of the contract that built the request. */
                        contract_version: number | null;
                        /** @description What caused the attempt: schedule, or manual for a retry or replay. */
                        trigger: string;
                        /**
                         * Format: date-time
                         * @description When the attempt was made.
                         */
                        attempted_at: string;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_replays: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The replay. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The endpoint. */
                endpoint_id?: string;
                /** @description A filter, e.g. eq.value. Only events published at or after this time. */
                since?: string;
                /** @description A filter, e.g. eq.value. Only events published before this time. */
                until?: string;
                /** @description A filter, e.g. eq.value. Which deliveries the replay sends again: failed, delivered, cancelled or missed. */
                status?: string;
                /** @description A filter, e.g. eq.value. Only events of this type. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. The replay's state: running, done or cancelled. */
                state?: string;
                /** @description A filter, e.g. eq.value. The number of deliveries at the start of the replay. Null while the replay is running if counting its deliveries would take too long. */
                total?: string;
                /** @description A filter, e.g. eq.value. The number of deliveries that the replay has made due so far. */
                replayed?: string;
                /** @description A filter, e.g. eq.value. When the replay started. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it ended. */
                finished_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3b2-1f6a-7d24-a9c8-3b5e7d0f2c46",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "since": "2026-11-23T03:36:40.000000+00:00",
                     *         "until": "2026-11-23T03:36:47.645000+00:00",
                     *         "status": "failed",
                     *         "event_type": null,
                     *         "state": "running",
                     *         "total": 1204,
                     *         "replayed": 300,
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "finished_at": null
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay.
                         */
                        id: string;
                        /** @description The org it belongs to. */
                        org_id: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /**
                         * Format: date-time
                         * @description Only events published at or after this time.
                         */
                        since: string | null;
                        /**
                         * Format: date-time
                         * @description Only events published before this time.
                         */
                        until: string;
                        /** @description Which deliveries the replay sends again: failed, delivered, cancelled or missed. */
                        status: string;
                        /** @description Only events of this type. */
                        event_type: string | null;
                        /** @description The replay's state: running, done or cancelled. */
                        state: string;
                        /** @description The number of deliveries at the start of the replay. Null while the replay is running if counting its deliveries would take too long. */
                        total: number | null;
                        /** @description The number of deliveries that the replay has made due so far. */
                        replayed: number;
                        /**
                         * Format: date-time
                         * @description When the replay started.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it ended.
                         */
                        finished_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_erasures: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The erased org. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. running or done. */
                state?: string;
                /** @description A filter, e.g. eq.value. The number of rows erased so far. */
                rows_erased?: string;
                /** @description A filter, e.g. eq.value. When it was requested. */
                requested_at?: string;
                /** @description A filter, e.g. eq.value. When it ended. */
                finished_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "state": "done",
                     *         "rows_erased": 48210,
                     *         "requested_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "finished_at": "2026-11-23T03:36:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The erased org. */
                        org_id: string;
                        /** @description running or done. */
                        state: string;
                        /** @description The number of rows erased so far. */
                        rows_erased: number;
                        /**
                         * Format: date-time
                         * @description When it was requested.
                         */
                        requested_at: string;
                        /**
                         * Format: date-time
                         * @description When it ended.
                         */
                        finished_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_webhook_audit: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The entry. */
                id?: string;
                /** @description A filter, e.g. eq.value. When the action happened. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. The org of the object; null if it belongs to no org, e.g. an event type. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The kind of actor: admin, api_key, portal_link, jwt (a user with a token), or system (Posthorn itself). */
                actor_kind?: string;
                /** @description A filter, e.g. eq.value. The id of the key or portal link. For a token, its subject if that is a UUID, otherwise null. */
                actor_id?: string;
                /** @description A filter, e.g. eq.value. The name of the key at that time, or the token's subject. */
                actor_name?: string;
                /** @description A filter, e.g. eq.value. The action: api_key.created, api_key.deleted, attempt.expunged, contract.created, contract.deleted, contract.updated, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event.expunged, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.revealed, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                action?: string;
                /** @description A filter, e.g. eq.value. The kind of object: api_key, attempt, contract, delivery, endpoint, event, event_type, org, portal_link, replay, session. */
                subject_kind?: string;
                /** @description A filter, e.g. eq.value. The object's id; for an event type, its name. */
                subject_id?: string;
                /** @description A filter, e.g. eq.value. The old and new value of each changed field, as {from, to}; null for a missing value. It contains no secrets, header values, schemas or examples, only whether they changed. */
                changes?: string;
                /** @description A filter, e.g. eq.value. The client's address, or that of a proxy that is not trusted. Null for system. An org's key also sees null for actions of the admin key. */
                remote_address?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e36",
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "actor_kind": "api_key",
                     *         "actor_id": "0199c39f-07c4-7a58-8e21-9d4b6f1c3a70",
                     *         "actor_name": "Settings page",
                     *         "action": "endpoint.updated",
                     *         "subject_kind": "endpoint",
                     *         "subject_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "changes": {
                     *           "is_active": {
                     *             "from": true,
                     *             "to": false
                     *           }
                     *         },
                     *         "remote_address": "203.0.113.20"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The entry.
                         */
                        id: string;
                        /**
                         * Format: date-time
                         * @description When the action happened.
                         */
                        created_at: string;
                        /** @description The org of the object; null if it belongs to no org, e.g. an event type. */
                        org_id: string | null;
                        /** @description The kind of actor: admin, api_key, portal_link, jwt (a user with a token), or system (Posthorn itself). */
                        actor_kind: string;
                        /**
                         * Format: uuid
                         * @description The id of the key or portal link. For a token, its subject if that is a UUID, otherwise null.
                         */
                        actor_id: string | null;
                        /** @description The name of the key at that time, or the token's subject. */
                        actor_name: string | null;
                        /** @description The action: api_key.created, api_key.deleted, attempt.expunged, contract.created, contract.deleted, contract.updated, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event.expunged, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.revealed, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                        action: string;
                        /** @description The kind of object: api_key, attempt, contract, delivery, endpoint, event, event_type, org, portal_link, replay, session. */
                        subject_kind: string;
                        /** @description The object's id; for an event type, its name. */
                        subject_id: string;
                        /** @description The old and new value of each changed field, as {from, to}; null for a missing value. It contains no secrets, header values, schemas or examples, only whether they changed. */
                        changes: unknown;
                        /** @description The client's address, or that of a proxy that is not trusted. Null for system. An org's key also sees null for actions of the admin key. */
                        remote_address: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    read_api_keys: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The key's id. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                role?: string;
                /** @description A filter, e.g. eq.value. The first characters of the key. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When the key expires: at most 10 years from now, or null for never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When the key was last used, accurate to an hour; null if never. */
                last_used_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description The maximum number of rows. */
                limit?: number;
                /** @description The number of rows to skip. */
                offset?: number;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "id": "0199c39f-07c4-7a58-8e21-9d4b6f1c3a70",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "name": "Settings page",
                     *         "role": "manage",
                     *         "key_hint": "phk_0000",
                     *         "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "expires_at": null,
                     *         "last_used_at": null
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The key's id.
                         */
                        id: string;
                        /** @description The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. */
                        org_id: string | null;
                        /** @description A name for people. */
                        name: string;
                        /** @description What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                        role: string;
                        /** @description The first characters of the key. */
                        key_hint: string;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When the key expires: at most 10 years from now, or null for never.
                         */
                        expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the key was last used, accurate to an hour; null if never.
                         */
                        last_used_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    insert_api_keys: {
        parameters: {
            query?: {
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "name": "Settings page",
                 *       "role": "manage"
                 *     }
                 */
                "application/json": {
                    /** @description The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. With a key of the org it can be left out. */
                    org_id?: string | null;
                    /** @description A name for people. */
                    name?: string;
                    /** @description What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                    role: string;
                    /**
                     * Format: date-time
                     * @description When the key expires: at most 10 years from now, or null for never. ISO 8601 or Unix seconds.
                     */
                    expires_at?: string | number | null;
                } | {
                    /** @description The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. With a key of the org it can be left out. */
                    org_id?: string | null;
                    /** @description A name for people. */
                    name?: string;
                    /** @description What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                    role: string;
                    /**
                     * Format: date-time
                     * @description When the key expires: at most 10 years from now, or null for never. ISO 8601 or Unix seconds.
                     */
                    expires_at?: string | number | null;
                }[];
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c39f-07c4-7a58-8e21-9d4b6f1c3a70",
                     *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *       "name": "Settings page",
                     *       "role": "manage",
                     *       "key": "phk_0000000000000000000000000000000000000000000",
                     *       "key_hint": "phk_0000",
                     *       "created_at": "2026-11-23T03:36:40.000000+00:00",
                     *       "expires_at": null,
                     *       "last_used_at": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The key's id.
                         */
                        id: string;
                        /** @description The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. */
                        org_id: string | null;
                        /** @description A name for people. */
                        name: string;
                        /** @description What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                        role: string;
                        /** @description The key. It is shown only once. */
                        key: string;
                        /** @description The first characters of the key. */
                        key_hint: string;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When the key expires: at most 10 years from now, or null for never.
                         */
                        expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the key was last used, accurate to an hour; null if never.
                         */
                        last_used_at: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    delete_api_keys: {
        parameters: {
            query?: {
                /**
                 * @description A filter, e.g. eq.value. The key's id.
                 * @example eq.0199c39f-07c4-7a58-8e21-9d4b6f1c3a70
                 */
                id?: string;
                /** @description A filter, e.g. eq.value. The org that the key belongs to. null for a key with the role metrics, publish_all or svix_api. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. What the key may do: manage (manage endpoints, and read), publish, or read; without an org: publish_all (only publish events, for every org), metrics (only read /metrics) or svix_api (only the API under /api/v1, for every org). */
                role?: string;
                /** @description A filter, e.g. eq.value. The first characters of the key. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When the key expires: at most 10 years from now, or null for never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When the key was last used, accurate to an hour; null if never. */
                last_used_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows; count=exact returns their number in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_retry_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "delivery_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The delivery.
                     */
                    delivery_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *       "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *       "status": "pending",
                     *       "attempts": 5,
                     *       "next_retry_at": "2026-11-23T03:36:47.645000+00:00"
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The delivery.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The event.
                         */
                        event_id: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description The delivery's new status. */
                        status: string;
                        /** @description The number of attempts so far. */
                        attempts: number;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_cancel_delivery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "delivery_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The delivery.
                     */
                    delivery_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *       "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *       "status": "cancelled",
                     *       "attempts": 1,
                     *       "next_retry_at": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The delivery.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The event.
                         */
                        event_id: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description The delivery's new status. */
                        status: string;
                        /** @description The number of attempts so far. */
                        attempts: number;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_replay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                 *       "status": "failed",
                 *       "since": "2026-11-23T03:36:40.000000+00:00",
                 *       "dry_run": true
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description Which deliveries to send again: failed (the default), delivered, cancelled or missed. Missed means events that match the endpoint but have no delivery, e.g. because it was inactive. */
                    status?: string;
                    /**
                     * Format: date-time
                     * @description Only events published at or after this time.
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Only events published before this time. Default: now.
                     */
                    until?: string;
                    /** @description Only events of this type. */
                    event_type?: string;
                    /** @description If true, only counts the deliveries and starts no replay. */
                    dry_run?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": null,
                     *       "dry_run": true,
                     *       "state": null,
                     *       "total": 1204
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay's id; null for a dry run.
                         */
                        id: string | null;
                        /** @description Whether the deliveries were only counted. */
                        dry_run: boolean;
                        /** @description The replay's state: running; null for a dry run. */
                        state: string | null;
                        /** @description The number of deliveries; null if counting them would take too long. */
                        total: number | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_cancel_replay: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "replay_id": "0199c3b2-1f6a-7d24-a9c8-3b5e7d0f2c46"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The replay.
                     */
                    replay_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c3b2-1f6a-7d24-a9c8-3b5e7d0f2c46",
                     *       "state": "cancelled",
                     *       "total": 1204,
                     *       "replayed": 300
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay.
                         */
                        id: string;
                        /** @description The replay's state: done or cancelled. */
                        state: string;
                        /** @description The number of deliveries at the start; null if counting them would take too long. */
                        total: number | null;
                        /** @description The number of deliveries that the replay made due. */
                        replayed: number;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_rotate_secret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                 *       "overlap_seconds": 86400
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description The name that the contract gives the secret. Default: the contract's first secret. */
                    name?: string;
                    /** @description The new secret: text of 1 to 512 printable characters, in the form that the endpoint's contract signs with. Default: Posthorn generates one. */
                    secret?: string;
                    /** @description How many seconds the earlier secret keeps signing after the new secret has taken over: 0 to 315360000 (10 years). Default: 86400. */
                    overlap_seconds?: number;
                    /**
                     * Format: date-time
                     * @description When the new secret takes over in headers that can hold only one signature: at most 7 days from now. Default: now.
                     */
                    switch_at?: string;
                    /** @description If true, all earlier secrets stop signing immediately. */
                    compromised?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *       "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                     *       "previous_secret_expires_at": "2026-11-23T03:37:47.645000+00:00",
                     *       "secret_warning": null,
                     *       "secret_switches_at": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description The new secret. It is shown only once. */
                        secret: string;
                        /** @description Why the given secret is weak; null if it is not. */
                        secret_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When the earlier secret stops signing.
                         */
                        previous_secret_expires_at: string;
                        /**
                         * Format: date-time
                         * @description When the new secret takes over in headers that can hold only one signature; null if it already has.
                         */
                        secret_switches_at: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_switch_secret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description The name that the contract gives the secret. Default: the contract's first secret. */
                    name?: string;
                    /** @description If true, cancels the rotation. The new secret stops signing immediately. */
                    cancel?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35"
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_endpoint_secrets: {
        parameters: {
            query: {
                /**
                 * @description The endpoint.
                 * @example 0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35
                 */
                endpoint_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "main",
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "switches_at": null,
                     *         "expires_at": "2026-11-23T03:37:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The name that the contract gives the secret. */
                        name: string;
                        /**
                         * Format: date-time
                         * @description Since when the endpoint has it.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it takes over in headers that can hold only one signature; null if it already has.
                         */
                        switches_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it stops signing; null for the current secret of its name.
                         */
                        expires_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_endpoint_secrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "name": "main",
                     *         "created_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "switches_at": null,
                     *         "expires_at": "2026-11-23T03:37:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /** @description The name that the contract gives the secret. */
                        name: string;
                        /**
                         * Format: date-time
                         * @description Since when the endpoint has it.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description When it takes over in headers that can hold only one signature; null if it already has.
                         */
                        switches_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it stops signing; null for the current secret of its name.
                         */
                        expires_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_send_test: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                 *       "event_type": "scan.completed"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description The event type. Default: the first of the types that the endpoint names and that has an example; otherwise webhook.test. */
                    event_type?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872",
                     *       "event_type": "scan.completed",
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35"
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The published event.
                         */
                        event_id: string;
                        /** @description The event's type. */
                        event_type: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_explain: {
        parameters: {
            query?: {
                /**
                 * @description The event. Either this or external_id.
                 * @example 0199c3a1-8d42-7e61-b5a7-4c1f09d3e872
                 */
                event_id?: string;
                /** @description Your own id of the event. With the admin key, org_id is needed as well. */
                external_id?: string;
                /** @description The org of external_id. Default: the caller's org. */
                org_id?: string;
                /** @description Only this endpoint. */
                endpoint_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "url": "https://example.com/webhooks",
                     *         "verdict": "waiting",
                     *         "reason": "The next attempt is due at 2026-11-23T03:37:47.645Z. 1 attempt failed; the last with status 500.",
                     *         "delivery_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *         "attempts": 1,
                     *         "response_status": 500,
                     *         "next_retry_at": "2026-11-23T03:37:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its URL; null for a terminal. */
                        url: string | null;
                        /** @description The result in one word, e.g. delivered, waiting or filtered_by_type. */
                        verdict: string;
                        /** @description The explanation in one sentence. */
                        reason: string;
                        /**
                         * Format: uuid
                         * @description The delivery, if there is one.
                         */
                        delivery_id: string | null;
                        /** @description The number of attempts so far. */
                        attempts: number;
                        /** @description The HTTP status of the latest attempt. */
                        response_status: number | null;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_explain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "event_id": "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The event. Either this or external_id.
                     */
                    event_id?: string;
                    /** @description Your own id of the event. With the admin key, org_id is needed as well. */
                    external_id?: string;
                    /** @description The org of external_id. Default: the caller's org. */
                    org_id?: string;
                    /**
                     * Format: uuid
                     * @description Only this endpoint.
                     */
                    endpoint_id?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "url": "https://example.com/webhooks",
                     *         "verdict": "waiting",
                     *         "reason": "The next attempt is due at 2026-11-23T03:37:47.645Z. 1 attempt failed; the last with status 500.",
                     *         "delivery_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f04",
                     *         "attempts": 1,
                     *         "response_status": 500,
                     *         "next_retry_at": "2026-11-23T03:37:47.645000+00:00"
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its URL; null for a terminal. */
                        url: string | null;
                        /** @description The result in one word, e.g. delivered, waiting or filtered_by_type. */
                        verdict: string;
                        /** @description The explanation in one sentence. */
                        reason: string;
                        /**
                         * Format: uuid
                         * @description The delivery, if there is one.
                         */
                        delivery_id: string | null;
                        /** @description The number of attempts so far. */
                        attempts: number;
                        /** @description The HTTP status of the latest attempt. */
                        response_status: number | null;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_erase_org: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11"
                 *     }
                 */
                "application/json": {
                    /** @description The org. */
                    org_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *       "state": "running",
                     *       "rows_erased": 0
                     *     }
                     */
                    "application/json": {
                        /** @description The org. */
                        org_id: string;
                        /** @description The erasure's state: running or done. */
                        state: string;
                        /** @description The number of rows erased so far. */
                        rows_erased: number;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_portal_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "expires_in_seconds": 600
                 *     }
                 */
                "application/json": {
                    /** @description The org. */
                    org_id: string;
                    /** @description If true, the link gives read access only. Default: false. */
                    read_only?: boolean;
                    /** @description How many seconds the link can be opened: 10 to 604800. Default: 600. */
                    expires_in_seconds?: number;
                    /** @description How many seconds the session lasts: 60 to 604800. Default: 3600. */
                    session_seconds?: number;
                    /** @description The console's appearance: auto (the default), light or dark. */
                    appearance?: string;
                    /** @description A page of your product, with http or https. The console leads to it when its user leaves, and when the session ends. At most 2048 characters. */
                    return_url?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199c3c4-6e8b-7b93-9c05-1a7f4d2e6b58",
                     *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *       "url": "https://webhooks.example.com/portal#0123456789abcdef",
                     *       "expires_at": "2026-11-23T03:37:47.645000+00:00"
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The link's id.
                         */
                        id: string;
                        /** @description The org. */
                        org_id: string;
                        /** @description The URL to open, as a page or in a frame. */
                        url: string;
                        /**
                         * Format: date-time
                         * @description When the link expires.
                         */
                        expires_at: string;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_check_endpoint_url: {
        parameters: {
            query: {
                /**
                 * @description The URL.
                 * @example https://127.0.0.1/webhooks
                 */
                url: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_allowed": false,
                     *       "url": null,
                     *       "code": "PH_URL_ADDRESS",
                     *       "message": "The URL's address is not allowed.",
                     *       "hint": "Use a public address, or ask the operator to add its range to POSTHORN_ALLOW_CIDRS."
                     *     }
                     */
                    "application/json": {
                        /** @description Whether the URL would be accepted. */
                        is_allowed: boolean;
                        /** @description The URL as it would be stored. */
                        url: string | null;
                        /** @description The error's code if the URL would be rejected. */
                        code: string | null;
                        /** @description What is wrong with the URL. */
                        message: string | null;
                        /** @description What to do about it. */
                        hint: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_check_endpoint_url: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://127.0.0.1/webhooks"
                 *     }
                 */
                "application/json": {
                    /** @description The URL. */
                    url: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_allowed": false,
                     *       "url": null,
                     *       "code": "PH_URL_ADDRESS",
                     *       "message": "The URL's address is not allowed.",
                     *       "hint": "Use a public address, or ask the operator to add its range to POSTHORN_ALLOW_CIDRS."
                     *     }
                     */
                    "application/json": {
                        /** @description Whether the URL would be accepted. */
                        is_allowed: boolean;
                        /** @description The URL as it would be stored. */
                        url: string | null;
                        /** @description The error's code if the URL would be rejected. */
                        code: string | null;
                        /** @description What is wrong with the URL. */
                        message: string | null;
                        /** @description What to do about it. */
                        hint: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_test_filter: {
        parameters: {
            query: {
                /**
                 * @description The filter, as an endpoint would have it.
                 * @example {
                 *       "amount": {
                 *         "$gt": 10
                 *       }
                 *     }
                 */
                filter: unknown;
                /**
                 * @description The data to test it with. Either this or event_id.
                 * @example {
                 *       "amount": 5
                 *     }
                 */
                data?: unknown;
                /** @description An event whose data is used. */
                event_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_match": false,
                     *       "reason": "data.amount is 5, the filter wants > 10"
                     *     }
                     */
                    "application/json": {
                        /** @description Whether the data matches. */
                        is_match: boolean;
                        /** @description The first reason why the data does not match. */
                        reason: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_test_filter: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "amount": {
                 *           "$gt": 10
                 *         }
                 *       },
                 *       "data": {
                 *         "amount": 5
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The filter, as an endpoint would have it. */
                    filter: unknown;
                    /** @description The data to test it with. Either this or event_id. */
                    data?: unknown;
                    /**
                     * Format: uuid
                     * @description An event whose data is used.
                     */
                    event_id?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_match": false,
                     *       "reason": "data.amount is 5, the filter wants > 10"
                     *     }
                     */
                    "application/json": {
                        /** @description Whether the data matches. */
                        is_match: boolean;
                        /** @description The first reason why the data does not match. */
                        reason: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_test_transformation: {
        parameters: {
            query: {
                /**
                 * @description The function, as an endpoint would have it.
                 * @example (event) => ({ data: { total: event.data.amount } })
                 */
                transformation: string;
                /**
                 * @description The data to test it with. Either this or event_id.
                 * @example {
                 *       "amount": 5
                 *     }
                 */
                data?: unknown;
                /** @description With data: the event type. Default: example.created. */
                event_type?: string;
                /** @description An event to test it with. */
                event_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "outcome": "shaped",
                     *       "data": {
                     *         "total": 5
                     *       },
                     *       "headers": {},
                     *       "reason": null,
                     *       "line": null
                     *     }
                     */
                    "application/json": {
                        /** @description shaped, cancelled or failed. */
                        outcome: string;
                        /** @description The data that would be sent; null unless the outcome is shaped. */
                        data: unknown;
                        /** @description The headers that the transformation would add, by name. */
                        headers: unknown;
                        /** @description Why the transformation failed. */
                        reason: string | null;
                        /** @description The line of the transformation in which it failed, if that is known. */
                        line: number | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_test_transformation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "transformation": "(event) => ({ data: { total: event.data.amount } })",
                 *       "data": {
                 *         "amount": 5
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The function, as an endpoint would have it. */
                    transformation: string;
                    /** @description The data to test it with. Either this or event_id. */
                    data?: unknown;
                    /** @description With data: the event type. Default: example.created. */
                    event_type?: string;
                    /**
                     * Format: uuid
                     * @description An event to test it with.
                     */
                    event_id?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "outcome": "shaped",
                     *       "data": {
                     *         "total": 5
                     *       },
                     *       "headers": {},
                     *       "reason": null,
                     *       "line": null
                     *     }
                     */
                    "application/json": {
                        /** @description shaped, cancelled or failed. */
                        outcome: string;
                        /** @description The data that would be sent; null unless the outcome is shaped. */
                        data: unknown;
                        /** @description The headers that the transformation would add, by name. */
                        headers: unknown;
                        /** @description Why the transformation failed. */
                        reason: string | null;
                        /** @description The line of the transformation in which it failed, if that is known. */
                        line: number | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_sent_request: {
        parameters: {
            query: {
                /**
                 * @description The attempt.
                 * @example 0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01
                 */
                attempt_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01",
                     *       "method": "POST",
                     *       "url": "https://example.com/webhooks",
                     *       "headers": [
                     *         [
                     *           "content-type",
                     *           "application/json"
                     *         ],
                     *         [
                     *           "webhook-id",
                     *           "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872"
                     *         ],
                     *         [
                     *           "webhook-timestamp",
                     *           "1795404007"
                     *         ],
                     *         [
                     *           "webhook-signature",
                     *           "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
                     *         ]
                     *       ],
                     *       "body": "{\"type\":\"scan.completed\",\"timestamp\":\"2026-11-23T03:36:47.645Z\",\"data\":{}}",
                     *       "redacted": [],
                     *       "is_exact": true,
                     *       "note": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The attempt.
                         */
                        attempt_id: string;
                        /** @description The HTTP method: POST. */
                        method: string;
                        /** @description The endpoint's URL at that time. */
                        url: string | null;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description The names of headers whose credentials are shown as [redacted], also of the endpoint's own, e.g. Authorization; body if it has some. */
                        redacted: unknown;
                        /** @description Whether this is the exact request. False if something is missing or may have changed since. */
                        is_exact: boolean;
                        /** @description What is missing or may have changed, and why. */
                        note: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_sent_request: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "attempt_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The attempt.
                     */
                    attempt_id: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempt_id": "0199c3a1-8d42-7f10-8a3b-6e2d5c7b9f01",
                     *       "method": "POST",
                     *       "url": "https://example.com/webhooks",
                     *       "headers": [
                     *         [
                     *           "content-type",
                     *           "application/json"
                     *         ],
                     *         [
                     *           "webhook-id",
                     *           "0199c3a1-8d42-7e61-b5a7-4c1f09d3e872"
                     *         ],
                     *         [
                     *           "webhook-timestamp",
                     *           "1795404007"
                     *         ],
                     *         [
                     *           "webhook-signature",
                     *           "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
                     *         ]
                     *       ],
                     *       "body": "{\"type\":\"scan.completed\",\"timestamp\":\"2026-11-23T03:36:47.645Z\",\"data\":{}}",
                     *       "redacted": [],
                     *       "is_exact": true,
                     *       "note": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The attempt.
                         */
                        attempt_id: string;
                        /** @description The HTTP method: POST. */
                        method: string;
                        /** @description The endpoint's URL at that time. */
                        url: string | null;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description The names of headers whose credentials are shown as [redacted], also of the endpoint's own, e.g. Authorization; body if it has some. */
                        redacted: unknown;
                        /** @description Whether this is the exact request. False if something is missing or may have changed since. */
                        is_exact: boolean;
                        /** @description What is missing or may have changed, and why. */
                        note: string | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_preview_contract: {
        parameters: {
            query?: {
                /**
                 * @description The name of a stored contract.
                 * @example github-like
                 */
                contract?: string;
                /** @description Instead of contract: a document that is not stored. */
                document?: unknown;
                /**
                 * @description The event type. Default: example.created.
                 * @example scan.completed
                 */
                event_type?: string;
                /** @description The event's data. Default: the event type's example. */
                data?: unknown;
                /** @description The endpoint's URL. Default: https://example.com/webhooks. */
                url?: string;
                /**
                 * @description Secrets by name. Default: throw-away secrets.
                 * @example {
                 *       "main": "a secret"
                 *     }
                 */
                secrets?: unknown;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "method": "POST",
                     *       "url": "https://example.com/webhooks",
                     *       "headers": [
                     *         {
                     *           "name": "x-event",
                     *           "value": "scan.completed"
                     *         }
                     *       ],
                     *       "body": "{\"scan_id\":\"s-1\"}",
                     *       "secrets": {
                     *         "main": "a secret"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @description The HTTP method: POST. */
                        method: string;
                        /** @description The endpoint's URL. */
                        url: string;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string;
                        /** @description The secrets that signed, by name. */
                        secrets: unknown;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_preview_contract: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "contract": "github-like",
                 *       "event_type": "scan.completed",
                 *       "secrets": {
                 *         "main": "a secret"
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The name of a stored contract. */
                    contract?: string;
                    /** @description Instead of contract: a document that is not stored. */
                    document?: unknown;
                    /** @description The event type. Default: example.created. */
                    event_type?: string;
                    /** @description The event's data. Default: the event type's example. */
                    data?: unknown;
                    /** @description The endpoint's URL. Default: https://example.com/webhooks. */
                    url?: string;
                    /** @description Secrets by name. Default: throw-away secrets. */
                    secrets?: unknown;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "method": "POST",
                     *       "url": "https://example.com/webhooks",
                     *       "headers": [
                     *         {
                     *           "name": "x-event",
                     *           "value": "scan.completed"
                     *         }
                     *       ],
                     *       "body": "{\"scan_id\":\"s-1\"}",
                     *       "secrets": {
                     *         "main": "a secret"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @description The HTTP method: POST. */
                        method: string;
                        /** @description The endpoint's URL. */
                        url: string;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string;
                        /** @description The secrets that signed, by name. */
                        secrets: unknown;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_delivery_statistics: {
        parameters: {
            query?: {
                /** @description Only this org. Default: all orgs for the admin key, otherwise the caller's org. */
                org_id?: string;
                /**
                 * @description Only this endpoint.
                 * @example 0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35
                 */
                endpoint_id?: string;
                /** @description The start of the range. Default: six hours ago. */
                since?: string;
                /** @description The end of the range. Default: now. */
                until?: string;
                /**
                 * @description The length of an interval: 60 (kept for two days) or 3600. Default: 60 for ranges up to six hours, otherwise 3600.
                 * @example 60
                 */
                resolution_seconds?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "at": "2026-11-23T03:36:40.000000+00:00",
                     *         "attempts": 1200,
                     *         "delivered": 1188,
                     *         "failed_attempts": 12,
                     *         "dead_letters": 1,
                     *         "p50_ms": 41.5,
                     *         "p95_ms": 120,
                     *         "p99_ms": 310.2
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The start of the interval.
                         */
                        at: string;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Attempts that succeeded. */
                        delivered: number;
                        /** @description Attempts that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that became dead letters. */
                        dead_letters: number;
                        /** @description Median duration of the attempts, in milliseconds. */
                        p50_ms: number | null;
                        /** @description 95th percentile of the duration, in milliseconds. */
                        p95_ms: number | null;
                        /** @description 99th percentile of the duration, in milliseconds. */
                        p99_ms: number | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_delivery_statistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                 *       "resolution_seconds": 60
                 *     }
                 */
                "application/json": {
                    /** @description Only this org. Default: all orgs for the admin key, otherwise the caller's org. */
                    org_id?: string;
                    /**
                     * Format: uuid
                     * @description Only this endpoint.
                     */
                    endpoint_id?: string;
                    /**
                     * Format: date-time
                     * @description The start of the range. Default: six hours ago.
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description The end of the range. Default: now.
                     */
                    until?: string;
                    /** @description The length of an interval: 60 (kept for two days) or 3600. Default: 60 for ranges up to six hours, otherwise 3600. */
                    resolution_seconds?: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "at": "2026-11-23T03:36:40.000000+00:00",
                     *         "attempts": 1200,
                     *         "delivered": 1188,
                     *         "failed_attempts": 12,
                     *         "dead_letters": 1,
                     *         "p50_ms": 41.5,
                     *         "p95_ms": 120,
                     *         "p99_ms": 310.2
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The start of the interval.
                         */
                        at: string;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Attempts that succeeded. */
                        delivered: number;
                        /** @description Attempts that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that became dead letters. */
                        dead_letters: number;
                        /** @description Median duration of the attempts, in milliseconds. */
                        p50_ms: number | null;
                        /** @description 95th percentile of the duration, in milliseconds. */
                        p95_ms: number | null;
                        /** @description 99th percentile of the duration, in milliseconds. */
                        p99_ms: number | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_endpoint_health: {
        parameters: {
            query?: {
                /** @description Only this org. Default: all orgs for the admin key, otherwise the caller's org. */
                org_id?: string;
                /**
                 * @description The start of the range, at most 7 days ago. It is rounded to the minute for ranges up to one hour, otherwise to the hour. Default: one day ago.
                 * @example 2026-11-23T03:36:40.000000+00:00
                 */
                since?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "org_name": "Acme Clinic",
                     *         "url": "https://example.com/webhooks",
                     *         "description": "Production",
                     *         "is_active": true,
                     *         "inactive_reason": null,
                     *         "failing_since": null,
                     *         "deleted_at": null,
                     *         "attempts": 1200,
                     *         "failed_attempts": 12,
                     *         "dead_letters": 1,
                     *         "last_delivered_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "last_failed_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "oldest_due_at": null
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its org. */
                        org_id: string;
                        /** @description The org's name. */
                        org_name: string | null;
                        /** @description Its URL; null for a terminal. */
                        url: string | null;
                        /** @description A description for people. */
                        description: string;
                        /** @description Whether Posthorn sends to the endpoint. */
                        is_active: boolean;
                        /** @description Why the endpoint is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description Since when every attempt fails; null if none or not every one fails.
                         */
                        failing_since: string | null;
                        /**
                         * Format: date-time
                         * @description When the endpoint was deleted.
                         */
                        deleted_at: string | null;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that became dead letters in this range. */
                        dead_letters: number;
                        /**
                         * Format: date-time
                         * @description When the latest successful attempt was made.
                         */
                        last_delivered_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the latest failed attempt was made.
                         */
                        last_failed_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the earliest pending delivery is or was due.
                         */
                        oldest_due_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_endpoint_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "since": "2026-11-23T03:36:40.000000+00:00"
                 *     }
                 */
                "application/json": {
                    /** @description Only this org. Default: all orgs for the admin key, otherwise the caller's org. */
                    org_id?: string;
                    /**
                     * Format: date-time
                     * @description The start of the range, at most 7 days ago. It is rounded to the minute for ranges up to one hour, otherwise to the hour. Default: one day ago.
                     */
                    since?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example [
                     *       {
                     *         "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *         "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                     *         "org_name": "Acme Clinic",
                     *         "url": "https://example.com/webhooks",
                     *         "description": "Production",
                     *         "is_active": true,
                     *         "inactive_reason": null,
                     *         "failing_since": null,
                     *         "deleted_at": null,
                     *         "attempts": 1200,
                     *         "failed_attempts": 12,
                     *         "dead_letters": 1,
                     *         "last_delivered_at": "2026-11-23T03:36:47.645000+00:00",
                     *         "last_failed_at": "2026-11-23T03:36:40.000000+00:00",
                     *         "oldest_due_at": null
                     *       }
                     *     ]
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its org. */
                        org_id: string;
                        /** @description The org's name. */
                        org_name: string | null;
                        /** @description Its URL; null for a terminal. */
                        url: string | null;
                        /** @description A description for people. */
                        description: string;
                        /** @description Whether Posthorn sends to the endpoint. */
                        is_active: boolean;
                        /** @description Why the endpoint is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description Since when every attempt fails; null if none or not every one fails.
                         */
                        failing_since: string | null;
                        /**
                         * Format: date-time
                         * @description When the endpoint was deleted.
                         */
                        deleted_at: string | null;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that became dead letters in this range. */
                        dead_letters: number;
                        /**
                         * Format: date-time
                         * @description When the latest successful attempt was made.
                         */
                        last_delivered_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the latest failed attempt was made.
                         */
                        last_failed_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the earliest pending delivery is or was due.
                         */
                        oldest_due_at: string | null;
                    }[];
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: {
                /**
                 * @description Only this org. Default: all orgs for the admin key, otherwise the caller's org.
                 * @example 7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11
                 */
                org_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "oldest_due_at": null,
                     *       "deliveries_due": 0,
                     *       "deliveries_due_is_bounded": false,
                     *       "dead_letters": 1,
                     *       "dead_letters_is_bounded": false,
                     *       "endpoints_active": 3,
                     *       "endpoints_failing": 0,
                     *       "endpoints_inactive": 0,
                     *       "nodes": 1,
                     *       "in_flight": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description When the oldest due delivery of an active endpoint became due.
                         */
                        oldest_due_at: string | null;
                        /** @description Deliveries that are due: at most 10000. */
                        deliveries_due: number;
                        /** @description Whether there are more. */
                        deliveries_due_is_bounded: boolean;
                        /** @description Dead letters: at most 10000. */
                        dead_letters: number;
                        /** @description Whether there are more. */
                        dead_letters_is_bounded: boolean;
                        /** @description Endpoints that are active. */
                        endpoints_active: number;
                        /** @description Active endpoints of which every attempt fails. */
                        endpoints_failing: number;
                        /** @description Endpoints that are inactive. */
                        endpoints_inactive: number;
                        /** @description Running nodes. */
                        nodes: number;
                        /** @description Attempts in progress on the node that responds; null unless the caller is the admin key. */
                        in_flight: number | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11"
                 *     }
                 */
                "application/json": {
                    /** @description Only this org. Default: all orgs for the admin key, otherwise the caller's org. */
                    org_id?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "oldest_due_at": null,
                     *       "deliveries_due": 0,
                     *       "deliveries_due_is_bounded": false,
                     *       "dead_letters": 1,
                     *       "dead_letters_is_bounded": false,
                     *       "endpoints_active": 3,
                     *       "endpoints_failing": 0,
                     *       "endpoints_inactive": 0,
                     *       "nodes": 1,
                     *       "in_flight": null
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description When the oldest due delivery of an active endpoint became due.
                         */
                        oldest_due_at: string | null;
                        /** @description Deliveries that are due: at most 10000. */
                        deliveries_due: number;
                        /** @description Whether there are more. */
                        deliveries_due_is_bounded: boolean;
                        /** @description Dead letters: at most 10000. */
                        dead_letters: number;
                        /** @description Whether there are more. */
                        dead_letters_is_bounded: boolean;
                        /** @description Endpoints that are active. */
                        endpoints_active: number;
                        /** @description Active endpoints of which every attempt fails. */
                        endpoints_failing: number;
                        /** @description Endpoints that are inactive. */
                        endpoints_inactive: number;
                        /** @description Running nodes. */
                        nodes: number;
                        /** @description Attempts in progress on the node that responds; null unless the caller is the admin key. */
                        in_flight: number | null;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_answer_terminal: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "Zm9yIHRoaXMgc2Vzc2lvbiBvZiB0aGUgdGVybWluYWw",
                 *       "attempt_token": "5f0c2a41-93d7-4b0e-8a26-1d7e9c3b6f58",
                 *       "response_status": 200
                 *     }
                 */
                "application/json": {
                    /** @description The token of `hello`. */
                    token: string;
                    /**
                     * Format: uuid
                     * @description The delivery's `attempt_token`.
                     */
                    attempt_token: string;
                    /** @description The response's HTTP status, 200 to 599. */
                    response_status?: number;
                    /** @description The response's headers, by name. */
                    response_headers?: unknown;
                    /** @description The response's body. Posthorn keeps the first 16 KiB. */
                    response_body?: string;
                    /** @description Instead of a status: dns, connect, tls, timeout, closed, protocol. */
                    error?: string;
                    /** @description The error in one sentence. */
                    error_message?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "is_accepted": true
                     *     }
                     */
                    "application/json": {
                        /** @description False if the attempt is already over, e.g. because of its timeout. */
                        is_accepted: boolean;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_import_svix_application: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "svix_id": "app_2h3bQ8GpQWZkJ4oV1mLxS7cNtYd",
                 *       "uid": "cus_123",
                 *       "name": "Globex"
                 *     }
                 */
                "application/json": {
                    /** @description Its id on the other server. */
                    svix_id: string;
                    /** @description The platform's own id, which becomes the org's. Without one, the Svix id does. */
                    uid?: string;
                    /** @description The org's name. */
                    name?: string;
                    /** @description Its metadata: an object whose values are text. */
                    metadata?: unknown;
                    /** @description True to check it without storing anything. */
                    dry_run?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "org_id": "cus_123",
                     *       "is_new": true
                     *     }
                     */
                    "application/json": {
                        /** @description The org. */
                        org_id: string;
                        /** @description False if it already existed. Then its fields stay as they are. */
                        is_new: boolean;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
    post_import_svix_endpoint: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "org_id": "7f2f1b8e-6f8a-4b62-9f43-0b1d5d1d2a11",
                 *       "svix_id": "ep_2h3bQ8GpQWZkJ4oV1mLxS7cNtYd",
                 *       "url": "https://example.com/webhooks",
                 *       "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
                 *     }
                 */
                "application/json": {
                    /** @description The org of the application that the endpoint belongs to. */
                    org_id: string;
                    /** @description Its id on the other server. */
                    svix_id: string;
                    /** @description The URL. */
                    url: string;
                    /** @description The platform's own id of the endpoint. */
                    uid?: string;
                    /** @description The current secret. Without one, Posthorn creates it. */
                    secret?: string;
                    /** @description The description. */
                    description?: string;
                    /** @description False for a disabled endpoint. */
                    is_active?: boolean;
                    /** @description The names of its event types. If this is null or missing, it gets all types. */
                    events?: unknown;
                    /** @description Its channels. If this is null or missing, it gets the events of every channel. */
                    channels?: unknown;
                    /** @description Its custom headers. */
                    headers?: unknown;
                    /** @description Maximum number of attempts per second. */
                    rate_per_second?: number;
                    /** @description Its metadata: an object whose values are text. */
                    metadata?: unknown;
                    /** @description True to check it without storing anything. */
                    dry_run?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endpoint_id": "0199c3a0-5b1e-7c3a-9f0e-2a4d6b8c1e35",
                     *       "is_new": true
                     *     }
                     */
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description False if it already existed. Then its fields stay as they are. */
                        is_new: boolean;
                    };
                };
            };
            /** @description An error; docs/reference/errors.md lists every code. */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        code?: string;
                        message?: string;
                        hint?: string | null;
                        details?: string | null;
                    };
                };
            };
        };
    };
}
