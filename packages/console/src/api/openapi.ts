/** Generated from the API's OpenAPI document by `npm run docs`. */
export interface paths {
    "/rest/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Server-sent events. `hello` comes first: from then on, no update is lost silently. `deliveries` lists deliveries that any node just attempted. If its `more` is true, the batch was truncated: read the table. The connection ends after half an hour, or when the key expires; then connect again. */
        get: operations["read_stream"];
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
        /** @description Lists rows. Orgs: the platform's customers, by the platform's own ids. */
        get: operations["read_webhook_orgs"];
        put?: never;
        /** @description Creates rows. Orgs: the platform's customers, by the platform's own ids. */
        post: operations["insert_webhook_orgs"];
        delete?: never;
        options?: never;
        head?: never;
        /** @description Changes the rows that the filters choose. Orgs: the platform's customers, by the platform's own ids. */
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
        /** @description Lists rows. The catalogue of event types. */
        get: operations["read_webhook_event_types"];
        put?: never;
        /** @description Creates rows. The catalogue of event types. */
        post: operations["insert_webhook_event_types"];
        /** @description Deletes the rows that the filters choose. The catalogue of event types. */
        delete: operations["delete_webhook_event_types"];
        options?: never;
        head?: never;
        /** @description Changes the rows that the filters choose. The catalogue of event types. */
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
        /** @description Lists rows. Contracts: how deliveries look on the wire. */
        get: operations["read_webhook_contracts"];
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
        /** @description Lists rows. Endpoints: the URLs that events are sent to. */
        get: operations["read_webhook_endpoints"];
        put?: never;
        /** @description Creates rows. Endpoints: the URLs that events are sent to. */
        post: operations["insert_webhook_endpoints"];
        /** @description Deletes the rows that the filters choose. Endpoints: the URLs that events are sent to. */
        delete: operations["delete_webhook_endpoints"];
        options?: never;
        head?: never;
        /** @description Changes the rows that the filters choose. Endpoints: the URLs that events are sent to. */
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
        /** @description Lists rows. Events: something that happened, published once. Kept even if they match no endpoint. */
        get: operations["read_webhook_events"];
        put?: never;
        /** @description Creates rows. Events: something that happened, published once. Kept even if they match no endpoint. */
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
        /** @description Lists rows. Deliveries: one event for one endpoint. Dead letters have status failed. */
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
        /** @description Lists rows. Attempts: one HTTP exchange for a delivery. */
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
        /** @description Lists rows. Replays, started by rpc/replay: watch their progress here. */
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
        /** @description Lists rows. Erasures of orgs, started by rpc/erase_org. */
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
        /** @description Lists rows. The audit: who changed, replayed, retried, cancelled, tested or erased what. */
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
        /** @description Lists rows. API keys of orgs. The key itself is shown only once, and stored as a hash. */
        get: operations["read_api_keys"];
        put?: never;
        /** @description Creates rows. API keys of orgs. The key itself is shown only once, and stored as a hash. */
        post: operations["insert_api_keys"];
        /** @description Deletes the rows that the filters choose. API keys of orgs. The key itself is shown only once, and stored as a hash. */
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
        /** @description Immediately makes another attempt of a delivery and restarts its schedule. Works in any state, except while an attempt runs. */
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
        /** @description Cancels a pending delivery: no further attempt is made unless it is retried. */
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
        /** @description Sends a range of an endpoint's deliveries again, in the background. Watch it in webhook_replays; cancel it with cancel_replay. With dry_run, only counts them. */
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
        /** @description Cancels a running replay. Deliveries that are already due are still sent. */
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
        /** @description Gives an endpoint a new secret, which is shown only once. Until the overlap ends, headers with room for several signatures also carry one by the earlier secret. A header with room for one is signed with the new secret immediately, or from switch_at on. */
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
        /** @description For a rotation whose new secret has not started yet: starts it now, or cancels the rotation, so that the earlier secret is valid again. */
        post: operations["post_switch_secret"];
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
        /** @description Publishes the example of an event type to a single endpoint. */
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
        /** @description Explains why an event did or did not arrive: a verdict and a sentence for each endpoint of its org. */
        get: operations["get_explain"];
        put?: never;
        /** @description Explains why an event did or did not arrive: a verdict and a sentence for each endpoint of its org. */
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
        /** @description Erases all data of an org: its keys and endpoints immediately; its events, deliveries and attempts in the background. Watch the progress in webhook_erasures. Events published before it is done are erased too, but not those published more than a minute later: they start a new history. This cannot be undone. */
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
        /** @description Creates a short-lived link that opens the console for one org, as a page or in a frame of the platform's own product. Anyone with the link can use it. */
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
        /** @description Checks whether a URL would be accepted for an endpoint, and if not, why. Nothing is stored or sent. */
        get: operations["get_check_endpoint_url"];
        put?: never;
        /** @description Checks whether a URL would be accepted for an endpoint, and if not, why. Nothing is stored or sent. */
        post: operations["post_check_endpoint_url"];
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
        /** @description Shows what an attempt sent: URL, headers as they were on the wire, and body, byte for byte. If part of it is no longer known, `note` says which and why. */
        get: operations["get_sent_request"];
        put?: never;
        /** @description Shows what an attempt sent: URL, headers as they were on the wire, and body, byte for byte. If part of it is no longer known, `note` says which and why. */
        post: operations["post_sent_request"];
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
        /** @description Attempts over time: how many, how they ended, how long they took. Each node counts and writes every few seconds, so the latest counts of a crashed node are missing. */
        get: operations["get_delivery_statistics"];
        put?: never;
        /** @description Attempts over time: how many, how they ended, how long they took. Each node counts and writes every few seconds, so the latest counts of a crashed node are missing. */
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
        /** @description The health of endpoints: those with the most dead letters first, then those with the most failures, then those that were turned off automatically. At most 200. */
        get: operations["get_endpoint_health"];
        put?: never;
        /** @description The health of endpoints: those with the most dead letters first, then those with the most failures, then those that were turned off automatically. At most 200. */
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
        /** @description How many deliveries wait, and how long; how many dead letters, endpoints and nodes there are. */
        get: operations["get_overview"];
        put?: never;
        /** @description How many deliveries wait, and how long; how many dead letters, endpoints and nodes there are. */
        post: operations["post_overview"];
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
                /** @description Only this org. A key of an org always sees only its own org. */
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
                /** @description A filter, e.g. eq.value. The platform's own id of the org. */
                id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The platform's own id of the org.
                         */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The platform's own id of the org.
                     */
                    id: string;
                    /** @description A name for people. */
                    name?: string | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The platform's own id of the org.
                     */
                    id: string;
                    /** @description A name for people. */
                    name?: string | null;
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The platform's own id of the org.
                         */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
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
    update_webhook_orgs: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The platform's own id of the org. */
                id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people. */
                    name?: string | null;
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The platform's own id of the org.
                         */
                        id: string;
                        /** @description A name for people. */
                        name: string | null;
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
                /** @description A filter, e.g. eq.value. Parts of letters, digits and _, separated by dots. */
                name?: string;
                /** @description A filter, e.g. eq.value. What happened when an event of this type is published. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What to do with data that violates the schema: refuse (default) or warn. */
                schema_check?: string;
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /** @description Parts of letters, digits and _, separated by dots. */
                        name: string;
                        /** @description What happened when an event of this type is published. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must match the schema. */
                        example: unknown;
                        /** @description What to do with data that violates the schema: refuse (default) or warn. */
                        schema_check: string;
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Parts of letters, digits and _, separated by dots. */
                    name: string;
                    /** @description What happened when an event of this type is published. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must match the schema. */
                    example?: unknown;
                    /** @description What to do with data that violates the schema: refuse (default) or warn. */
                    schema_check?: string;
                } | {
                    /** @description Parts of letters, digits and _, separated by dots. */
                    name: string;
                    /** @description What happened when an event of this type is published. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must match the schema. */
                    example?: unknown;
                    /** @description What to do with data that violates the schema: refuse (default) or warn. */
                    schema_check?: string;
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
                    "application/json": {
                        /** @description Parts of letters, digits and _, separated by dots. */
                        name: string;
                        /** @description What happened when an event of this type is published. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must match the schema. */
                        example: unknown;
                        /** @description What to do with data that violates the schema: refuse (default) or warn. */
                        schema_check: string;
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
    delete_webhook_event_types: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. Parts of letters, digits and _, separated by dots. */
                name?: string;
                /** @description A filter, e.g. eq.value. What happened when an event of this type is published. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What to do with data that violates the schema: refuse (default) or warn. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                /** @description A filter, e.g. eq.value. Parts of letters, digits and _, separated by dots. */
                name?: string;
                /** @description A filter, e.g. eq.value. What happened when an event of this type is published. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must match the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. What to do with data that violates the schema: refuse (default) or warn. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What happened when an event of this type is published. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must match the schema. */
                    example?: unknown;
                    /** @description What to do with data that violates the schema: refuse (default) or warn. */
                    schema_check?: string;
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
                    "application/json": {
                        /** @description Parts of letters, digits and _, separated by dots. */
                        name: string;
                        /** @description What happened when an event of this type is published. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must match the schema. */
                        example: unknown;
                        /** @description What to do with data that violates the schema: refuse (default) or warn. */
                        schema_check: string;
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
                /** @description A filter, e.g. eq.value. The contract's name. */
                name?: string;
                /** @description A filter, e.g. eq.value. A title for people. */
                title?: string;
                /** @description A filter, e.g. eq.value. A description of the contract. */
                description?: string;
                /** @description A filter, e.g. eq.value. The whole document; docs/operators.md explains it. */
                document?: string;
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /** @description The contract's name. */
                        name: string;
                        /** @description A title for people. */
                        title: string;
                        /** @description A description of the contract. */
                        description: string;
                        /** @description The whole document; docs/operators.md explains it. */
                        document: unknown;
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
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. An https URL with a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types that it subscribes to; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False: deliveries stay pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When it became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The contract, which defines how its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. The customer's own headers, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: when the earlier secret stops signing. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret starts in headers with room for one signature. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description An https URL with a public address. */
                        url: string;
                        /** @description The event types that it subscribes to; null for all. */
                        events: string[] | null;
                        /** @description False: deliveries stay pending. */
                        is_active: boolean;
                        /** @description Why it is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When it became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description The contract, which defines how its deliveries look on the wire. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description The customer's own headers, by name. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: when the earlier secret stops signing.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret starts in headers with room for one signature.
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The org it belongs to.
                     */
                    org_id: string;
                    /** @description An https URL with a public address. */
                    url?: string;
                    /** @description The event types that it subscribes to; null for all. */
                    events?: string[] | null;
                    /** @description whsec_ and base64: the secret that signs deliveries. It is shown only once. */
                    secret?: string;
                    /** @description False: deliveries stay pending. */
                    is_active?: boolean;
                    /** @description The contract, which defines how its deliveries look on the wire. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description The customer's own headers, by name. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                    in_flight_max?: number;
                    /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                    rate_per_second?: number | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The org it belongs to.
                     */
                    org_id: string;
                    /** @description An https URL with a public address. */
                    url?: string;
                    /** @description The event types that it subscribes to; null for all. */
                    events?: string[] | null;
                    /** @description whsec_ and base64: the secret that signs deliveries. It is shown only once. */
                    secret?: string;
                    /** @description False: deliveries stay pending. */
                    is_active?: boolean;
                    /** @description The contract, which defines how its deliveries look on the wire. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description The customer's own headers, by name. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description An https URL with a public address. */
                        url: string;
                        /** @description The event types that it subscribes to; null for all. */
                        events: string[] | null;
                        /** @description whsec_ and base64: the secret that signs deliveries. It is shown only once. */
                        secret: string;
                        /** @description False: deliveries stay pending. */
                        is_active: boolean;
                        /** @description Why it is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When it became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description The contract, which defines how its deliveries look on the wire. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description The customer's own headers, by name. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: when the earlier secret stops signing.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret starts in headers with room for one signature.
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
                /** @description A filter, e.g. eq.value. The endpoint. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. An https URL with a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types that it subscribes to; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False: deliveries stay pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When it became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The contract, which defines how its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. The customer's own headers, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: when the earlier secret stops signing. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret starts in headers with room for one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                /** @description A filter, e.g. eq.value. The endpoint. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. An https URL with a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types that it subscribes to; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False: deliveries stay pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is inactive. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. When it became inactive. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. The contract, which defines how its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. A description for people. */
                description?: string;
                /** @description A filter, e.g. eq.value. The customer's own headers, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: when the earlier secret stops signing. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. When the new secret starts in headers with room for one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description An https URL with a public address. */
                    url?: string;
                    /** @description The event types that it subscribes to; null for all. */
                    events?: string[] | null;
                    /** @description False: deliveries stay pending. */
                    is_active?: boolean;
                    /** @description The contract, which defines how its deliveries look on the wire. */
                    contract?: string;
                    /** @description A description for people. */
                    description?: string;
                    /** @description The customer's own headers, by name. */
                    headers?: unknown;
                    /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description An https URL with a public address. */
                        url: string;
                        /** @description The event types that it subscribes to; null for all. */
                        events: string[] | null;
                        /** @description False: deliveries stay pending. */
                        is_active: boolean;
                        /** @description Why it is inactive. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description When it became inactive.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description The contract, which defines how its deliveries look on the wire. */
                        contract: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description The customer's own headers, by name. */
                        headers: unknown;
                        /** @description The maximum number of parallel attempts: 1 to 256. Default: 16. Each node gets an equal part, 1 to 64. */
                        in_flight_max: number;
                        /** @description The maximum number of attempts per second: 1 to 10000; null: unlimited. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: when the earlier secret stops signing.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When the new secret starts in headers with room for one signature.
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
                /** @description A filter, e.g. eq.value. The event's id, which is also the `webhook-id` of its deliveries. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name in webhook_event_types. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. When the event happened. Default: now. */
                timestamp?: string;
                /** @description A filter, e.g. eq.value. The event's data, sent byte for byte as it is published. */
                data?: string;
                /** @description A filter, e.g. eq.value. How many endpoints it is sent to; may be 0. */
                endpoints_matched?: string;
                /** @description A filter, e.g. eq.value. How many of these deliveries still have to be created; 0 when fan-out is done. */
                endpoints_pending?: string;
                /** @description A filter, e.g. eq.value. A second event with the same key and content is not stored again. */
                idempotency_key?: string;
                /** @description A filter, e.g. eq.value. How the data violates the schema of a type that only warns. */
                schema_warning?: string;
                /** @description A filter, e.g. eq.value. When it was published. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The event's id, which is also the `webhook-id` of its deliveries.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description A name in webhook_event_types. */
                        event_type: string;
                        /**
                         * Format: date-time
                         * @description When the event happened. Default: now.
                         */
                        timestamp: string;
                        /** @description The event's data, sent byte for byte as it is published. */
                        data: unknown;
                        /** @description How many endpoints it is sent to; may be 0. */
                        endpoints_matched: number;
                        /** @description How many of these deliveries still have to be created; 0 when fan-out is done. */
                        endpoints_pending: number;
                        /** @description A second event with the same key and content is not stored again. */
                        idempotency_key: string | null;
                        /** @description How the data violates the schema of a type that only warns. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When it was published.
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The org it belongs to.
                     */
                    org_id: string;
                    /** @description A name in webhook_event_types. */
                    event_type: string;
                    /**
                     * Format: date-time
                     * @description When the event happened. Default: now.
                     */
                    timestamp?: string;
                    /** @description The event's data, sent byte for byte as it is published. */
                    data: unknown;
                    /** @description A second event with the same key and content is not stored again. */
                    idempotency_key?: string | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The org it belongs to.
                     */
                    org_id: string;
                    /** @description A name in webhook_event_types. */
                    event_type: string;
                    /**
                     * Format: date-time
                     * @description When the event happened. Default: now.
                     */
                    timestamp?: string;
                    /** @description The event's data, sent byte for byte as it is published. */
                    data: unknown;
                    /** @description A second event with the same key and content is not stored again. */
                    idempotency_key?: string | null;
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The event's id, which is also the `webhook-id` of its deliveries.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description A name in webhook_event_types. */
                        event_type: string;
                        /**
                         * Format: date-time
                         * @description When the event happened. Default: now.
                         */
                        timestamp: string;
                        /** @description The event's data, sent byte for byte as it is published. */
                        data: unknown;
                        /** @description How many endpoints it is sent to; may be 0. */
                        endpoints_matched: number;
                        /** @description How many of these deliveries still have to be created; 0 when fan-out is done. */
                        endpoints_pending: number;
                        /** @description A second event with the same key and content is not stored again. */
                        idempotency_key: string | null;
                        /** @description How the data violates the schema of a type that only warns. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When it was published.
                         */
                        created_at: string;
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
    read_webhook_deliveries: {
        parameters: {
            query?: {
                /** @description A filter, e.g. eq.value. The delivery. */
                id?: string;
                /** @description A filter, e.g. eq.value. The endpoint. */
                endpoint_id?: string;
                /** @description A filter, e.g. eq.value. The event's type. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. The body as it is sent. */
                payload?: string;
                /** @description A filter, e.g. eq.value. pending, delivered, failed (a dead letter) or cancelled. */
                status?: string;
                /** @description A filter, e.g. eq.value. The HTTP status of the latest attempt; null if no response came. */
                response_status?: string;
                /** @description A filter, e.g. eq.value. The number of attempts so far. */
                attempts?: string;
                /** @description A filter, e.g. eq.value. When the next attempt is due. */
                next_retry_at?: string;
                /** @description A filter, e.g. eq.value. When its event was published. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. The event. */
                event_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. Why the latest attempt got no response. */
                error?: string;
                /** @description A filter, e.g. eq.value. When the latest attempt was made. */
                last_attempt_at?: string;
                /** @description A filter, e.g. eq.value. When it became a dead letter. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                        /** @description The body as it is sent. */
                        payload: unknown;
                        /** @description pending, delivered, failed (a dead letter) or cancelled. */
                        status: string;
                        /** @description The HTTP status of the latest attempt; null if no response came. */
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
                         * @description When its event was published.
                         */
                        created_at: string;
                        /**
                         * Format: uuid
                         * @description The event.
                         */
                        event_id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
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
                         * @description When it became a dead letter.
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
                /** @description A filter, e.g. eq.value. From 1. */
                number?: string;
                /** @description A filter, e.g. eq.value. The endpoint. */
                endpoint_id?: string;
                /** @description A filter, e.g. eq.value. The event. */
                event_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. The HTTP status; null if there was no response. */
                response_status?: string;
                /** @description A filter, e.g. eq.value. Why there was no response: address, dns, connect, tls, timeout, closed, protocol, internal. */
                error?: string;
                /** @description A filter, e.g. eq.value. The error in words. */
                error_message?: string;
                /** @description A filter, e.g. eq.value. The response's headers, names in lower case. */
                response_headers?: string;
                /** @description A filter, e.g. eq.value. At most 16 KiB of the response's body. */
                response_body?: string;
                /** @description A filter, e.g. eq.value. Whether the response had more body than is kept. */
                response_body_cut?: string;
                /** @description A filter, e.g. eq.value. The address of the connection. */
                remote_address?: string;
                /** @description A filter, e.g. eq.value. The duration in milliseconds. */
                duration_ms?: string;
                /** @description A filter, e.g. eq.value. DNS resolution; null if the name was cached. */
                dns_ms?: string;
                /** @description A filter, e.g. eq.value. Waiting for a free connection to the receiver. */
                wait_ms?: string;
                /** @description A filter, e.g. eq.value. Opening the connection; null if it was reused. */
                connect_ms?: string;
                /** @description A filter, e.g. eq.value. The TLS handshake on a new connection. */
                tls_ms?: string;
                /** @description A filter, e.g. eq.value. From the open connection to the status line. */
                first_byte_ms?: string;
                /** @description A filter, e.g. eq.value. Whether the request was sent again on a new connection, because the receiver closed a reused connection before the first byte of its response. */
                resent?: string;
                /** @description A filter, e.g. eq.value. schedule, or manual for a retry or replay. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                        /** @description From 1. */
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
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /** @description The HTTP status; null if there was no response. */
                        response_status: number | null;
                        /** @description Why there was no response: address, dns, connect, tls, timeout, closed, protocol, internal. */
                        error: string | null;
                        /** @description The error in words. */
                        error_message: string | null;
                        /** @description The response's headers, names in lower case. */
                        response_headers: unknown;
                        /** @description At most 16 KiB of the response's body. */
                        response_body: string | null;
                        /** @description Whether the response had more body than is kept. */
                        response_body_cut: boolean;
                        /** @description The address of the connection. */
                        remote_address: string | null;
                        /** @description The duration in milliseconds. */
                        duration_ms: number;
                        /** @description DNS resolution; null if the name was cached. */
                        dns_ms: number | null;
                        /** @description Waiting for a free connection to the receiver. */
                        wait_ms: number | null;
                        /** @description Opening the connection; null if it was reused. */
                        connect_ms: number | null;
                        /** @description The TLS handshake on a new connection. */
                        tls_ms: number | null;
                        /** @description From the open connection to the status line. */
                        first_byte_ms: number | null;
                        /** @description Whether the request was sent again on a new connection, because the receiver closed a reused connection before the first byte of its response. */
                        resent: boolean;
                        /** @description schedule, or manual for a retry or replay. */
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
                /** @description A filter, e.g. eq.value. The start of the range. */
                since?: string;
                /** @description A filter, e.g. eq.value. Before this. */
                until?: string;
                /** @description A filter, e.g. eq.value. Which deliveries it sends again. */
                status?: string;
                /** @description A filter, e.g. eq.value. Only this event type. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. running, done or cancelled. */
                state?: string;
                /** @description A filter, e.g. eq.value. The number of deliveries at its start. Null while it runs, if counting them would have taken too long. */
                total?: string;
                /** @description A filter, e.g. eq.value. The number of deliveries it has made due so far. */
                replayed?: string;
                /** @description A filter, e.g. eq.value. When it was started. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org it belongs to.
                         */
                        org_id: string;
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /**
                         * Format: date-time
                         * @description The start of the range.
                         */
                        since: string | null;
                        /**
                         * Format: date-time
                         * @description Before this.
                         */
                        until: string;
                        /** @description Which deliveries it sends again. */
                        status: string;
                        /** @description Only this event type. */
                        event_type: string | null;
                        /** @description running, done or cancelled. */
                        state: string;
                        /** @description The number of deliveries at its start. Null while it runs, if counting them would have taken too long. */
                        total: number | null;
                        /** @description The number of deliveries it has made due so far. */
                        replayed: number;
                        /**
                         * Format: date-time
                         * @description When it was started.
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The erased org.
                         */
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
                /** @description A filter, e.g. eq.value. The id of the key or portal link, or the token's subject if it is a UUID; otherwise null. */
                actor_id?: string;
                /** @description A filter, e.g. eq.value. The name of the key at that time, or the subject of a token. */
                actor_name?: string;
                /** @description A filter, e.g. eq.value. The action: api_key.created, api_key.deleted, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                action?: string;
                /** @description A filter, e.g. eq.value. The kind of object: api_key, delivery, endpoint, event_type, org, portal_link, replay, session. */
                subject_kind?: string;
                /** @description A filter, e.g. eq.value. The object's id; for an event type, its name. */
                subject_id?: string;
                /** @description A filter, e.g. eq.value. By field {from, to}; null for a missing value. Headers are listed by name; schemas and examples only as changed; secrets and header values never. */
                changes?: string;
                /** @description A filter, e.g. eq.value. The remote address of the request; behind an untrusted proxy, the proxy's. Null for system, and for an org's key also for actions of the admin key. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                        /**
                         * Format: uuid
                         * @description The org of the object; null if it belongs to no org, e.g. an event type.
                         */
                        org_id: string | null;
                        /** @description The kind of actor: admin, api_key, portal_link, jwt (a user with a token), or system (Posthorn itself). */
                        actor_kind: string;
                        /**
                         * Format: uuid
                         * @description The id of the key or portal link, or the token's subject if it is a UUID; otherwise null.
                         */
                        actor_id: string | null;
                        /** @description The name of the key at that time, or the subject of a token. */
                        actor_name: string | null;
                        /** @description The action: api_key.created, api_key.deleted, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                        action: string;
                        /** @description The kind of object: api_key, delivery, endpoint, event_type, org, portal_link, replay, session. */
                        subject_kind: string;
                        /** @description The object's id; for an event type, its name. */
                        subject_id: string;
                        /** @description By field {from, to}; null for a missing value. Headers are listed by name; schemas and examples only as changed; secrets and header values never. */
                        changes: unknown;
                        /** @description The remote address of the request; behind an untrusted proxy, the proxy's. Null for system, and for an org's key also for actions of the admin key. */
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
                /** @description A filter, e.g. eq.value. The org that the key belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. manage (endpoints, and read), publish or read. */
                role?: string;
                /** @description A filter, e.g. eq.value. The first characters of the key. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When the key expires: at most 10 years from now; null: never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When it was last used, to within an hour; null if never. */
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The key's id.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org that the key belongs to.
                         */
                        org_id: string;
                        /** @description A name for people. */
                        name: string;
                        /** @description manage (endpoints, and read), publish or read. */
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
                         * @description When the key expires: at most 10 years from now; null: never.
                         */
                        expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it was last used, to within an hour; null if never.
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
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The org that the key belongs to.
                     */
                    org_id: string;
                    /** @description A name for people. */
                    name?: string;
                    /** @description manage (endpoints, and read), publish or read. */
                    role: string;
                    /**
                     * Format: date-time
                     * @description When the key expires: at most 10 years from now; null: never.
                     */
                    expires_at?: string | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The org that the key belongs to.
                     */
                    org_id: string;
                    /** @description A name for people. */
                    name?: string;
                    /** @description manage (endpoints, and read), publish or read. */
                    role: string;
                    /**
                     * Format: date-time
                     * @description When the key expires: at most 10 years from now; null: never.
                     */
                    expires_at?: string | null;
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The key's id.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org that the key belongs to.
                         */
                        org_id: string;
                        /** @description A name for people. */
                        name: string;
                        /** @description manage (endpoints, and read), publish or read. */
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
                         * @description When the key expires: at most 10 years from now; null: never.
                         */
                        expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description When it was last used, to within an hour; null if never.
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
                /** @description A filter, e.g. eq.value. The key's id. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org that the key belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name for people. */
                name?: string;
                /** @description A filter, e.g. eq.value. manage (endpoints, and read), publish or read. */
                role?: string;
                /** @description A filter, e.g. eq.value. The first characters of the key. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When the key expires: at most 10 years from now; null: never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When it was last used, to within an hour; null if never. */
                last_used_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation returns the rows, count=exact counts them in Content-Range. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description failed (default: dead letters), delivered, cancelled, or missed: events that match the endpoint and have no delivery for it, e.g. because it was inactive when they were published. */
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
                    /** @description True: do not start, only return the count. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay; null for a dry run.
                         */
                        id: string | null;
                        /** @description Whether the deliveries were only counted. */
                        dry_run: boolean;
                        /** @description running; null for a dry run. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The replay.
                         */
                        id: string;
                        /** @description done or cancelled. */
                        state: string;
                        /** @description The number of deliveries at its start; null if counting them would have taken too long. */
                        total: number | null;
                        /** @description The number of deliveries it made due. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description whsec_ and 24 to 64 bytes in base64. Default: Posthorn generates one. */
                    secret?: string;
                    /** @description How many seconds the earlier secret keeps signing after the new one has started: 0 to 604800. Default: 86400. */
                    overlap_seconds?: number;
                    /**
                     * Format: date-time
                     * @description When the new secret starts in headers with room for one signature: within 7 days.
                     */
                    switch_at?: string;
                    /** @description True: all earlier secrets stop signing immediately. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description The new secret. It is shown only once. */
                        secret: string;
                        /**
                         * Format: date-time
                         * @description When the earlier secret stops signing.
                         */
                        previous_secret_expires_at: string;
                        /**
                         * Format: date-time
                         * @description When the new secret starts in headers with room for one signature; null if it already has.
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description True: cancel the rotation; the new secret ends immediately. */
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
    post_send_test: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The endpoint.
                     */
                    endpoint_id: string;
                    /** @description The event type. Default: the endpoint's first type that has an example. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The published event.
                         */
                        event_id: string;
                        /** @description Its type. */
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
            query: {
                /** @description The event. */
                event_id: string;
                /** @description Limits the result to this endpoint. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its URL. */
                        url: string;
                        /** @description One word. */
                        verdict: string;
                        /** @description A sentence. */
                        reason: string;
                        /**
                         * Format: uuid
                         * @description The delivery, if there is one.
                         */
                        delivery_id: string | null;
                        /** @description Attempts made. */
                        attempts: number;
                        /** @description The latest attempt's status. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The event.
                     */
                    event_id: string;
                    /**
                     * Format: uuid
                     * @description Limits the result to this endpoint.
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /** @description Its URL. */
                        url: string;
                        /** @description One word. */
                        verdict: string;
                        /** @description A sentence. */
                        reason: string;
                        /**
                         * Format: uuid
                         * @description The delivery, if there is one.
                         */
                        delivery_id: string | null;
                        /** @description Attempts made. */
                        attempts: number;
                        /** @description The latest attempt's status. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The org.
                     */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The org.
                         */
                        org_id: string;
                        /** @description running or done. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description The org.
                     */
                    org_id: string;
                    /** @description True: read only. Default: false. */
                    read_only?: boolean;
                    /** @description How many seconds the link can be opened: 10 to 86400. Default: 600. */
                    expires_in_seconds?: number;
                    /** @description How many seconds the session lasts: 60 to 86400. Default: 3600. */
                    session_seconds?: number;
                    /** @description auto (default), light or dark. */
                    appearance?: string;
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The link.
                         */
                        id: string;
                        /**
                         * Format: uuid
                         * @description The org.
                         */
                        org_id: string;
                        /** @description The URL to send the customer to, or to show in the frame. */
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
                /** @description The URL. */
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
                    "application/json": {
                        /** @description Whether the URL would be accepted. */
                        is_allowed: boolean;
                        /** @description The URL as it would be stored. */
                        url: string | null;
                        /** @description The code of the error, if the URL would be rejected. */
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
                    "application/json": {
                        /** @description Whether the URL would be accepted. */
                        is_allowed: boolean;
                        /** @description The URL as it would be stored. */
                        url: string | null;
                        /** @description The code of the error, if the URL would be rejected. */
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
    get_sent_request: {
        parameters: {
            query: {
                /** @description The attempt. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The attempt.
                         */
                        attempt_id: string;
                        /** @description POST. */
                        method: string;
                        /** @description The endpoint's URL at that time. */
                        url: string | null;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description Whether the request is complete. */
                        is_exact: boolean;
                        /** @description What is missing, and why. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The attempt.
                         */
                        attempt_id: string;
                        /** @description POST. */
                        method: string;
                        /** @description The endpoint's URL at that time. */
                        url: string | null;
                        /** @description The name and value of each header, in order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description Whether the request is complete. */
                        is_exact: boolean;
                        /** @description What is missing, and why. */
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
    get_delivery_statistics: {
        parameters: {
            query?: {
                /** @description Only this org. Without it, the admin key sees all orgs. */
                org_id?: string;
                /** @description Limits the result to this endpoint. */
                endpoint_id?: string;
                /** @description The start of the range. Default: six hours ago. */
                since?: string;
                /** @description The end of the range. Default: now. */
                until?: string;
                /** @description 60 (kept for two days) or 3600. Default: 60 for ranges up to six hours. */
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
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The start of the interval.
                         */
                        at: string;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that succeeded. */
                        delivered: number;
                        /** @description Those that did not. */
                        failed_attempts: number;
                        /** @description Those that were the last of their schedule. */
                        dead_letters: number;
                        /** @description Half of the attempts were faster. */
                        p50_ms: number | null;
                        /** @description 95 % of the attempts were faster. */
                        p95_ms: number | null;
                        /** @description 99 % of the attempts were faster. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description Only this org. Without it, the admin key sees all orgs.
                     */
                    org_id?: string;
                    /**
                     * Format: uuid
                     * @description Limits the result to this endpoint.
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
                    /** @description 60 (kept for two days) or 3600. Default: 60 for ranges up to six hours. */
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
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description The start of the interval.
                         */
                        at: string;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that succeeded. */
                        delivered: number;
                        /** @description Those that did not. */
                        failed_attempts: number;
                        /** @description Those that were the last of their schedule. */
                        dead_letters: number;
                        /** @description Half of the attempts were faster. */
                        p50_ms: number | null;
                        /** @description 95 % of the attempts were faster. */
                        p95_ms: number | null;
                        /** @description 99 % of the attempts were faster. */
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
                /** @description Only this org. Without it, the admin key sees all orgs. */
                org_id?: string;
                /** @description The start of the range, rounded to the hour: at most 7 days ago. Default: one day ago. */
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /**
                         * Format: uuid
                         * @description Its org.
                         */
                        org_id: string;
                        /** @description Its URL. */
                        url: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description False: deliveries stay pending. */
                        is_active: boolean;
                        /** @description Why not. */
                        inactive_reason: string | null;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that were given up. */
                        dead_letters: number;
                        /**
                         * Format: date-time
                         * @description The latest attempt that succeeded.
                         */
                        last_delivered_at: string | null;
                        /**
                         * Format: date-time
                         * @description The latest attempt that failed.
                         */
                        last_failed_at: string | null;
                        /**
                         * Format: date-time
                         * @description Since when, or until when, its first delivery waits.
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description Only this org. Without it, the admin key sees all orgs.
                     */
                    org_id?: string;
                    /**
                     * Format: date-time
                     * @description The start of the range, rounded to the hour: at most 7 days ago. Default: one day ago.
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
                    "application/json": {
                        /**
                         * Format: uuid
                         * @description The endpoint.
                         */
                        endpoint_id: string;
                        /**
                         * Format: uuid
                         * @description Its org.
                         */
                        org_id: string;
                        /** @description Its URL. */
                        url: string;
                        /** @description A description for people. */
                        description: string;
                        /** @description False: deliveries stay pending. */
                        is_active: boolean;
                        /** @description Why not. */
                        inactive_reason: string | null;
                        /** @description Attempts. */
                        attempts: number;
                        /** @description Those that failed. */
                        failed_attempts: number;
                        /** @description Deliveries that were given up. */
                        dead_letters: number;
                        /**
                         * Format: date-time
                         * @description The latest attempt that succeeded.
                         */
                        last_delivered_at: string | null;
                        /**
                         * Format: date-time
                         * @description The latest attempt that failed.
                         */
                        last_failed_at: string | null;
                        /**
                         * Format: date-time
                         * @description Since when, or until when, its first delivery waits.
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
                /** @description Only this org. Without it, the admin key sees all orgs. */
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
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description Since when the oldest due delivery of an active endpoint is due.
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
                        /** @description Endpoints that are not. */
                        endpoints_inactive: number;
                        /** @description Nodes at work. */
                        nodes: number;
                        /** @description Attempts under way on the node that answers. For the admin key. */
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
                "application/json": {
                    /**
                     * Format: uuid
                     * @description Only this org. Without it, the admin key sees all orgs.
                     */
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
                    "application/json": {
                        /**
                         * Format: date-time
                         * @description Since when the oldest due delivery of an active endpoint is due.
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
                        /** @description Endpoints that are not. */
                        endpoints_inactive: number;
                        /** @description Nodes at work. */
                        nodes: number;
                        /** @description Attempts under way on the node that answers. For the admin key. */
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
}
