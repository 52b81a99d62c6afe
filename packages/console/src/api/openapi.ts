/** Generated from the API's OpenAPI document by `npm run docs`. */
export interface paths {
    "/rest/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Server-sent events. `hello` comes first: from then on, nothing is left out in silence. `deliveries` tells of deliveries that any node attempted just now; its `more` says that there were others, to be looked up. The connection ends after half an hour, or when the key does; connect again then. */
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
        /** @description Lists rows. Events: what happened, published once. Kept also if no endpoint wanted them. */
        get: operations["read_webhook_events"];
        put?: never;
        /** @description Creates rows. Events: what happened, published once. Kept also if no endpoint wanted them. */
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
        /** @description Lists rows. Keys of orgs. The key itself is shown once, and stored as a hash. */
        get: operations["read_api_keys"];
        put?: never;
        /** @description Creates rows. Keys of orgs. The key itself is shown once, and stored as a hash. */
        post: operations["insert_api_keys"];
        /** @description Deletes the rows that the filters choose. Keys of orgs. The key itself is shown once, and stored as a hash. */
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
        /** @description Attempts a delivery again at once, in any state but while an attempt runs, and starts its schedule anew. */
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
        /** @description Ends a pending delivery: no further attempt is made, until it is retried. */
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
        /** @description Sends a range of an endpoint's deliveries again, in the background; watch it in webhook_replays, end it with cancel_replay. With dry_run, only counts them. */
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
        /** @description Ends a running replay. What it has made due already is still sent. */
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
        /** @description Gives an endpoint a new secret, shown this once. Until the overlap ends, headers that can carry several signatures carry one by the earlier secret too. A header with room for one is signed with the new secret from now on, or from switch_at. */
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
        /** @description For a rotation whose new secret has yet to begin: it begins now, or is called off, and the earlier secret is the endpoint's again. */
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
        /** @description Publishes an event type's example to one endpoint alone. */
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
        /** @description Why an event did or did not arrive: for each endpoint of its org a verdict, and a sentence. */
        get: operations["get_explain"];
        put?: never;
        /** @description Why an event did or did not arrive: for each endpoint of its org a verdict, and a sentence. */
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
        /** @description Erases all of an org: its keys and endpoints at once, its events, deliveries and attempts in the background; watch it in webhook_erasures. What is published for it before it is done goes, too, but not what comes a minute later: it begins anew. It cannot be undone. */
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
        /** @description A short-lived link that opens the console for one org, as a page or in a frame of the platform's own product. Whoever has the link is let in. */
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
        /** @description Whether a URL would be taken for an endpoint, and if not, why; nothing is stored or sent. */
        get: operations["get_check_endpoint_url"];
        put?: never;
        /** @description Whether a URL would be taken for an endpoint, and if not, why; nothing is stored or sent. */
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
        /** @description What an attempt sent: URL, headers as they were on the wire, and body, byte for byte. Where something of it is not known any more, `note` says what and why. */
        get: operations["get_sent_request"];
        put?: never;
        /** @description What an attempt sent: URL, headers as they were on the wire, and body, byte for byte. Where something of it is not known any more, `note` says what and why. */
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
        /** @description Attempts over time: how many, how they ended, how long they took. Counted by each node and written every few seconds: what a node that crashed had not written is missing. */
        get: operations["get_delivery_statistics"];
        put?: never;
        /** @description Attempts over time: how many, how they ended, how long they took. Counted by each node and written every few seconds: what a node that crashed had not written is missing. */
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
        /** @description How endpoints do: those with the most dead letters first, then those with the most failures, then those that went off by themselves. At most 200. */
        get: operations["get_endpoint_health"];
        put?: never;
        /** @description How endpoints do: those with the most dead letters first, then those with the most failures, then those that went off by themselves. At most 200. */
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
        /** @description How much waits, and how long; how many dead letters, endpoints and nodes. */
        get: operations["get_overview"];
        put?: never;
        /** @description How much waits, and how long; how many dead letters, endpoints and nodes. */
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
                /** @description Only this org's. A key of an org sees that org's in any case. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. A name for people to read. */
                name?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description A name for people to read. */
                        name: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                    /** @description A name for people to read. */
                    name?: string | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The platform's own id of the org.
                     */
                    id: string;
                    /** @description A name for people to read. */
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
                        /** @description A name for people to read. */
                        name: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. A name for people to read. */
                name?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people to read. */
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
                        /** @description A name for people to read. */
                        name: string | null;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. What it says that happened. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must fit the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. refuse (the default) or warn: what happens to data that breaks the schema. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description What it says that happened. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must fit the schema. */
                        example: unknown;
                        /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                    /** @description What it says that happened. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must fit the schema. */
                    example?: unknown;
                    /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
                    schema_check?: string;
                } | {
                    /** @description Parts of letters, digits and _, separated by dots. */
                    name: string;
                    /** @description What it says that happened. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must fit the schema. */
                    example?: unknown;
                    /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
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
                        /** @description What it says that happened. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must fit the schema. */
                        example: unknown;
                        /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. What it says that happened. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must fit the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. refuse (the default) or warn: what happens to data that breaks the schema. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. What it says that happened. */
                description?: string;
                /** @description A filter, e.g. eq.value. The JSON Schema of an event's data (2020-12 or draft-07). */
                schema?: string;
                /** @description A filter, e.g. eq.value. An example of an event's data; it must fit the schema. */
                example?: string;
                /** @description A filter, e.g. eq.value. refuse (the default) or warn: what happens to data that breaks the schema. */
                schema_check?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it says that happened. */
                    description?: string;
                    /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                    schema?: unknown;
                    /** @description An example of an event's data; it must fit the schema. */
                    example?: unknown;
                    /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
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
                        /** @description What it says that happened. */
                        description: string;
                        /** @description The JSON Schema of an event's data (2020-12 or draft-07). */
                        schema: unknown;
                        /** @description An example of an event's data; it must fit the schema. */
                        example: unknown;
                        /** @description refuse (the default) or warn: what happens to data that breaks the schema. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. For people to read. */
                title?: string;
                /** @description A filter, e.g. eq.value. What it is like. */
                description?: string;
                /** @description A filter, e.g. eq.value. All of it, as docs/operators.md explains. */
                document?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description For people to read. */
                        title: string;
                        /** @description What it is like. */
                        description: string;
                        /** @description All of it, as docs/operators.md explains. */
                        document: unknown;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. https, to a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types it wants; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False holds what is pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is not active. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. Since when it is not active. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. How its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. For people to read. */
                description?: string;
                /** @description A filter, e.g. eq.value. Headers of the customer's own, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. Attempts in a second: 1 to 10000; null for no bound. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: until when the earlier secret signs, too. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. From when the new secret signs headers that have room for one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description https, to a public address. */
                        url: string;
                        /** @description The event types it wants; null for all. */
                        events: string[] | null;
                        /** @description False holds what is pending. */
                        is_active: boolean;
                        /** @description Why it is not active. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description Since when it is not active.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description How its deliveries look on the wire. */
                        contract: string;
                        /** @description For people to read. */
                        description: string;
                        /** @description Headers of the customer's own, by name. */
                        headers: unknown;
                        /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                        in_flight_max: number;
                        /** @description Attempts in a second: 1 to 10000; null for no bound. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: until when the earlier secret signs, too.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description From when the new secret signs headers that have room for one signature.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                    /** @description https, to a public address. */
                    url?: string;
                    /** @description The event types it wants; null for all. */
                    events?: string[] | null;
                    /** @description whsec_ and base64: what deliveries are signed with. Shown this once. */
                    secret?: string;
                    /** @description False holds what is pending. */
                    is_active?: boolean;
                    /** @description How its deliveries look on the wire. */
                    contract?: string;
                    /** @description For people to read. */
                    description?: string;
                    /** @description Headers of the customer's own, by name. */
                    headers?: unknown;
                    /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                    in_flight_max?: number;
                    /** @description Attempts in a second: 1 to 10000; null for no bound. */
                    rate_per_second?: number | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The org it belongs to.
                     */
                    org_id: string;
                    /** @description https, to a public address. */
                    url?: string;
                    /** @description The event types it wants; null for all. */
                    events?: string[] | null;
                    /** @description whsec_ and base64: what deliveries are signed with. Shown this once. */
                    secret?: string;
                    /** @description False holds what is pending. */
                    is_active?: boolean;
                    /** @description How its deliveries look on the wire. */
                    contract?: string;
                    /** @description For people to read. */
                    description?: string;
                    /** @description Headers of the customer's own, by name. */
                    headers?: unknown;
                    /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                    in_flight_max?: number;
                    /** @description Attempts in a second: 1 to 10000; null for no bound. */
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
                        /** @description https, to a public address. */
                        url: string;
                        /** @description The event types it wants; null for all. */
                        events: string[] | null;
                        /** @description whsec_ and base64: what deliveries are signed with. Shown this once. */
                        secret: string;
                        /** @description False holds what is pending. */
                        is_active: boolean;
                        /** @description Why it is not active. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description Since when it is not active.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description How its deliveries look on the wire. */
                        contract: string;
                        /** @description For people to read. */
                        description: string;
                        /** @description Headers of the customer's own, by name. */
                        headers: unknown;
                        /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                        in_flight_max: number;
                        /** @description Attempts in a second: 1 to 10000; null for no bound. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: until when the earlier secret signs, too.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description From when the new secret signs headers that have room for one signature.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. https, to a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types it wants; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False holds what is pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is not active. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. Since when it is not active. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. How its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. For people to read. */
                description?: string;
                /** @description A filter, e.g. eq.value. Headers of the customer's own, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. Attempts in a second: 1 to 10000; null for no bound. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: until when the earlier secret signs, too. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. From when the new secret signs headers that have room for one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. https, to a public address. */
                url?: string;
                /** @description A filter, e.g. eq.value. The event types it wants; null for all. */
                events?: string;
                /** @description A filter, e.g. eq.value. False holds what is pending. */
                is_active?: string;
                /** @description A filter, e.g. eq.value. Why it is not active. */
                inactive_reason?: string;
                /** @description A filter, e.g. eq.value. Since when it is not active. */
                inactive_since?: string;
                /** @description A filter, e.g. eq.value. The first failed attempt since the last success; null unless it is failing. */
                failing_since?: string;
                /** @description A filter, e.g. eq.value. How its deliveries look on the wire. */
                contract?: string;
                /** @description A filter, e.g. eq.value. For people to read. */
                description?: string;
                /** @description A filter, e.g. eq.value. Headers of the customer's own, by name. */
                headers?: string;
                /** @description A filter, e.g. eq.value. Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                in_flight_max?: string;
                /** @description A filter, e.g. eq.value. Attempts in a second: 1 to 10000; null for no bound. */
                rate_per_second?: string;
                /** @description A filter, e.g. eq.value. After a rotation: until when the earlier secret signs, too. */
                previous_secret_expires_at?: string;
                /** @description A filter, e.g. eq.value. From when the new secret signs headers that have room for one signature. */
                secret_switches_at?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it was last changed. */
                updated_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
                prefer?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description https, to a public address. */
                    url?: string;
                    /** @description The event types it wants; null for all. */
                    events?: string[] | null;
                    /** @description False holds what is pending. */
                    is_active?: boolean;
                    /** @description How its deliveries look on the wire. */
                    contract?: string;
                    /** @description For people to read. */
                    description?: string;
                    /** @description Headers of the customer's own, by name. */
                    headers?: unknown;
                    /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                    in_flight_max?: number;
                    /** @description Attempts in a second: 1 to 10000; null for no bound. */
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
                        /** @description https, to a public address. */
                        url: string;
                        /** @description The event types it wants; null for all. */
                        events: string[] | null;
                        /** @description False holds what is pending. */
                        is_active: boolean;
                        /** @description Why it is not active. */
                        inactive_reason: string | null;
                        /**
                         * Format: date-time
                         * @description Since when it is not active.
                         */
                        inactive_since: string | null;
                        /**
                         * Format: date-time
                         * @description The first failed attempt since the last success; null unless it is failing.
                         */
                        failing_since: string | null;
                        /** @description How its deliveries look on the wire. */
                        contract: string;
                        /** @description For people to read. */
                        description: string;
                        /** @description Headers of the customer's own, by name. */
                        headers: unknown;
                        /** @description Attempts at once: 1 to 256, 16 by default. Each node has its part, of 1 to 64. */
                        in_flight_max: number;
                        /** @description Attempts in a second: 1 to 10000; null for no bound. */
                        rate_per_second: number | null;
                        /**
                         * Format: date-time
                         * @description After a rotation: until when the earlier secret signs, too.
                         */
                        previous_secret_expires_at: string | null;
                        /**
                         * Format: date-time
                         * @description From when the new secret signs headers that have room for one signature.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. The event; `webhook-id` of its deliveries. */
                id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. A name in webhook_event_types. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. When it happened; now, if left out. */
                timestamp?: string;
                /** @description A filter, e.g. eq.value. Sent byte for byte as it is published. */
                data?: string;
                /** @description A filter, e.g. eq.value. How many endpoints it was sent to; 0 is kept, too. */
                endpoints_matched?: string;
                /** @description A filter, e.g. eq.value. Of these, those whose delivery is still to be created; 0 when all are. */
                endpoints_pending?: string;
                /** @description A filter, e.g. eq.value. The same key and event again is stored once. */
                idempotency_key?: string;
                /** @description A filter, e.g. eq.value. How the data breaks the schema of a type that only warns. */
                schema_warning?: string;
                /** @description A filter, e.g. eq.value. When it was published. */
                created_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                         * @description The event; `webhook-id` of its deliveries.
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
                         * @description When it happened; now, if left out.
                         */
                        timestamp: string;
                        /** @description Sent byte for byte as it is published. */
                        data: unknown;
                        /** @description How many endpoints it was sent to; 0 is kept, too. */
                        endpoints_matched: number;
                        /** @description Of these, those whose delivery is still to be created; 0 when all are. */
                        endpoints_pending: number;
                        /** @description The same key and event again is stored once. */
                        idempotency_key: string | null;
                        /** @description How the data breaks the schema of a type that only warns. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When it was published.
                         */
                        created_at: string;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                     * @description When it happened; now, if left out.
                     */
                    timestamp?: string;
                    /** @description Sent byte for byte as it is published. */
                    data: unknown;
                    /** @description The same key and event again is stored once. */
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
                     * @description When it happened; now, if left out.
                     */
                    timestamp?: string;
                    /** @description Sent byte for byte as it is published. */
                    data: unknown;
                    /** @description The same key and event again is stored once. */
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
                         * @description The event; `webhook-id` of its deliveries.
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
                         * @description When it happened; now, if left out.
                         */
                        timestamp: string;
                        /** @description Sent byte for byte as it is published. */
                        data: unknown;
                        /** @description How many endpoints it was sent to; 0 is kept, too. */
                        endpoints_matched: number;
                        /** @description Of these, those whose delivery is still to be created; 0 when all are. */
                        endpoints_pending: number;
                        /** @description The same key and event again is stored once. */
                        idempotency_key: string | null;
                        /** @description How the data breaks the schema of a type that only warns. */
                        schema_warning: string | null;
                        /**
                         * Format: date-time
                         * @description When it was published.
                         */
                        created_at: string;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. Attempts made so far. */
                attempts?: string;
                /** @description A filter, e.g. eq.value. When the next attempt is due. */
                next_retry_at?: string;
                /** @description A filter, e.g. eq.value. When its event was published. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. The event. */
                event_id?: string;
                /** @description A filter, e.g. eq.value. The org it belongs to. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. Why the latest attempt brought no response. */
                error?: string;
                /** @description A filter, e.g. eq.value. When the latest attempt was made. */
                last_attempt_at?: string;
                /** @description A filter, e.g. eq.value. When it became a dead letter. */
                failed_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description Attempts made so far. */
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
                        /** @description Why the latest attempt brought no response. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. The HTTP status; null if no response came. */
                response_status?: string;
                /** @description A filter, e.g. eq.value. Why no response came: address, dns, connect, tls, timeout, closed, protocol, internal. */
                error?: string;
                /** @description A filter, e.g. eq.value. The same in words. */
                error_message?: string;
                /** @description A filter, e.g. eq.value. The response's headers, names in lower case. */
                response_headers?: string;
                /** @description A filter, e.g. eq.value. At most 16 KiB of the response's body. */
                response_body?: string;
                /** @description A filter, e.g. eq.value. Whether there was more of the body than is kept. */
                response_body_cut?: string;
                /** @description A filter, e.g. eq.value. The address that was connected to. */
                remote_address?: string;
                /** @description A filter, e.g. eq.value. How long it took. */
                duration_ms?: string;
                /** @description A filter, e.g. eq.value. Looking up the name; null if its answer was at hand. */
                dns_ms?: string;
                /** @description A filter, e.g. eq.value. Waiting for a free connection to the receiver. */
                wait_ms?: string;
                /** @description A filter, e.g. eq.value. Opening the connection; null if an open one was used. */
                connect_ms?: string;
                /** @description A filter, e.g. eq.value. Agreeing on TLS on a new connection. */
                tls_ms?: string;
                /** @description A filter, e.g. eq.value. From an open connection to the status line. */
                first_byte_ms?: string;
                /** @description A filter, e.g. eq.value. Whether the request was sent once more, on a new connection, because the receiver closed a kept one before the first byte of its answer. */
                resent?: string;
                /** @description A filter, e.g. eq.value. schedule, or manual for a retry or replay. */
                trigger?: string;
                /** @description A filter, e.g. eq.value. When it was made. */
                attempted_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                        /** @description The HTTP status; null if no response came. */
                        response_status: number | null;
                        /** @description Why no response came: address, dns, connect, tls, timeout, closed, protocol, internal. */
                        error: string | null;
                        /** @description The same in words. */
                        error_message: string | null;
                        /** @description The response's headers, names in lower case. */
                        response_headers: unknown;
                        /** @description At most 16 KiB of the response's body. */
                        response_body: string | null;
                        /** @description Whether there was more of the body than is kept. */
                        response_body_cut: boolean;
                        /** @description The address that was connected to. */
                        remote_address: string | null;
                        /** @description How long it took. */
                        duration_ms: number;
                        /** @description Looking up the name; null if its answer was at hand. */
                        dns_ms: number | null;
                        /** @description Waiting for a free connection to the receiver. */
                        wait_ms: number | null;
                        /** @description Opening the connection; null if an open one was used. */
                        connect_ms: number | null;
                        /** @description Agreeing on TLS on a new connection. */
                        tls_ms: number | null;
                        /** @description From an open connection to the status line. */
                        first_byte_ms: number | null;
                        /** @description Whether the request was sent once more, on a new connection, because the receiver closed a kept one before the first byte of its answer. */
                        resent: boolean;
                        /** @description schedule, or manual for a retry or replay. */
                        trigger: string;
                        /**
                         * Format: date-time
                         * @description When it was made.
                         */
                        attempted_at: string;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. From here on. */
                since?: string;
                /** @description A filter, e.g. eq.value. Before this. */
                until?: string;
                /** @description A filter, e.g. eq.value. Which deliveries it sends again. */
                status?: string;
                /** @description A filter, e.g. eq.value. Of this type only. */
                event_type?: string;
                /** @description A filter, e.g. eq.value. running, done or cancelled. */
                state?: string;
                /** @description A filter, e.g. eq.value. How many there were at its start. Null while it runs if they were too many to count. */
                total?: string;
                /** @description A filter, e.g. eq.value. How many it has made due so far. */
                replayed?: string;
                /** @description A filter, e.g. eq.value. When it was started. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. When it ended. */
                finished_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                         * @description From here on.
                         */
                        since: string | null;
                        /**
                         * Format: date-time
                         * @description Before this.
                         */
                        until: string;
                        /** @description Which deliveries it sends again. */
                        status: string;
                        /** @description Of this type only. */
                        event_type: string | null;
                        /** @description running, done or cancelled. */
                        state: string;
                        /** @description How many there were at its start. Null while it runs if they were too many to count. */
                        total: number | null;
                        /** @description How many it has made due so far. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. The org that was. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. running or done. */
                state?: string;
                /** @description A filter, e.g. eq.value. How many rows went so far. */
                rows_erased?: string;
                /** @description A filter, e.g. eq.value. When it was asked for. */
                requested_at?: string;
                /** @description A filter, e.g. eq.value. When it ended. */
                finished_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                         * @description The org that was.
                         */
                        org_id: string;
                        /** @description running or done. */
                        state: string;
                        /** @description How many rows went so far. */
                        rows_erased: number;
                        /**
                         * Format: date-time
                         * @description When it was asked for.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. When it was done. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. The org it was done to; null for what belongs to none, e.g. event types. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. Who did it: admin, api_key, portal_link, jwt for somebody with a token, or system for Posthorn by itself. */
                actor_kind?: string;
                /** @description A filter, e.g. eq.value. The key, the portal link or the token's subject if it is a UUID; null for others. */
                actor_id?: string;
                /** @description A filter, e.g. eq.value. The name that the key had; the subject of a token. */
                actor_name?: string;
                /** @description A filter, e.g. eq.value. What was done: api_key.created, api_key.deleted, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                action?: string;
                /** @description A filter, e.g. eq.value. To what: api_key, delivery, endpoint, event_type, org, portal_link, replay, session. */
                subject_kind?: string;
                /** @description A filter, e.g. eq.value. Its id; of an event type its name. */
                subject_id?: string;
                /** @description A filter, e.g. eq.value. By field {from, to}; null where there was nothing, or is nothing any more. Headers by their names, schemas and examples only as changed; secrets and header values never. */
                changes?: string;
                /** @description A filter, e.g. eq.value. The other end of the request's connection: behind a proxy, the proxy. Null for system, and to an org's key for what the admin key did. */
                remote_address?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                         * @description When it was done.
                         */
                        created_at: string;
                        /**
                         * Format: uuid
                         * @description The org it was done to; null for what belongs to none, e.g. event types.
                         */
                        org_id: string | null;
                        /** @description Who did it: admin, api_key, portal_link, jwt for somebody with a token, or system for Posthorn by itself. */
                        actor_kind: string;
                        /**
                         * Format: uuid
                         * @description The key, the portal link or the token's subject if it is a UUID; null for others.
                         */
                        actor_id: string | null;
                        /** @description The name that the key had; the subject of a token. */
                        actor_name: string | null;
                        /** @description What was done: api_key.created, api_key.deleted, delivery.cancelled, delivery.retried, endpoint.created, endpoint.deleted, endpoint.turned_off, endpoint.updated, event_type.created, event_type.deleted, event_type.updated, org.created, org.erasure_started, org.updated, portal_link.created, replay.cancelled, replay.started, secret.rotated, secret.rotation_cancelled, secret.switched, session.opened, test.sent. */
                        action: string;
                        /** @description To what: api_key, delivery, endpoint, event_type, org, portal_link, replay, session. */
                        subject_kind: string;
                        /** @description Its id; of an event type its name. */
                        subject_id: string;
                        /** @description By field {from, to}; null where there was nothing, or is nothing any more. Headers by their names, schemas and examples only as changed; secrets and header values never. */
                        changes: unknown;
                        /** @description The other end of the request's connection: behind a proxy, the proxy. Null for system, and to an org's key for what the admin key did. */
                        remote_address: string | null;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. The org that it lets in. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. For people to read. */
                name?: string;
                /** @description A filter, e.g. eq.value. manage (endpoints, and read), publish or read. */
                role?: string;
                /** @description A filter, e.g. eq.value. How the key begins. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. From then on it lets nobody in: at most 10 years ahead; null for never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When it was last used, to within an hour; null if never. */
                last_used_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
                /** @description e.g. created_at.desc */
                order?: string;
                /** @description At most this many rows. */
                limit?: number;
                /** @description Rows to pass over. */
                offset?: number;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                         * @description The org that it lets in.
                         */
                        org_id: string;
                        /** @description For people to read. */
                        name: string;
                        /** @description manage (endpoints, and read), publish or read. */
                        role: string;
                        /** @description How the key begins. */
                        key_hint: string;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description From then on it lets nobody in: at most 10 years ahead; null for never.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
                     * @description The org that it lets in.
                     */
                    org_id: string;
                    /** @description For people to read. */
                    name?: string;
                    /** @description manage (endpoints, and read), publish or read. */
                    role: string;
                    /**
                     * Format: date-time
                     * @description From then on it lets nobody in: at most 10 years ahead; null for never.
                     */
                    expires_at?: string | null;
                } | {
                    /**
                     * Format: uuid
                     * @description The org that it lets in.
                     */
                    org_id: string;
                    /** @description For people to read. */
                    name?: string;
                    /** @description manage (endpoints, and read), publish or read. */
                    role: string;
                    /**
                     * Format: date-time
                     * @description From then on it lets nobody in: at most 10 years ahead; null for never.
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
                         * @description The org that it lets in.
                         */
                        org_id: string;
                        /** @description For people to read. */
                        name: string;
                        /** @description manage (endpoints, and read), publish or read. */
                        role: string;
                        /** @description Shown this once. */
                        key: string;
                        /** @description How the key begins. */
                        key_hint: string;
                        /**
                         * Format: date-time
                         * @description When it was created.
                         */
                        created_at: string;
                        /**
                         * Format: date-time
                         * @description From then on it lets nobody in: at most 10 years ahead; null for never.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description A filter, e.g. eq.value. The org that it lets in. */
                org_id?: string;
                /** @description A filter, e.g. eq.value. For people to read. */
                name?: string;
                /** @description A filter, e.g. eq.value. manage (endpoints, and read), publish or read. */
                role?: string;
                /** @description A filter, e.g. eq.value. How the key begins. */
                key_hint?: string;
                /** @description A filter, e.g. eq.value. When it was created. */
                created_at?: string;
                /** @description A filter, e.g. eq.value. From then on it lets nobody in: at most 10 years ahead; null for never. */
                expires_at?: string;
                /** @description A filter, e.g. eq.value. When it was last used, to within an hour; null if never. */
                last_used_at?: string;
                /** @description Columns, separated by commas. */
                select?: string;
            };
            header?: {
                /** @description return=representation answers the rows, count=exact counts them into Content-Range. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Its status now. */
                        status: string;
                        /** @description Attempts made so far. */
                        attempts: number;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Its status now. */
                        status: string;
                        /** @description Attempts made so far. */
                        attempts: number;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                    /** @description failed (the default: dead letters), delivered, cancelled, or missed: events that the endpoint wants and has no delivery of, e.g. because it was inactive when they came. */
                    status?: string;
                    /**
                     * Format: date-time
                     * @description Only events published from here on.
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Only events published before this; now, if left out.
                     */
                    until?: string;
                    /** @description Only events of this type. */
                    event_type?: string;
                    /** @description True: start nothing, answer the count. */
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
                        /** @description Whether it was only counted. */
                        dry_run: boolean;
                        /** @description running; null for a dry run. */
                        state: string | null;
                        /** @description How many there are; null if they are too many to count within a query's time. */
                        total: number | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description How many there were at its start; null if they were too many to count. */
                        total: number | null;
                        /** @description How many it had made due. */
                        replayed: number;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                    /** @description whsec_ and 24 to 64 bytes in base64; made, if left out. */
                    secret?: string;
                    /** @description How long the earlier secret goes on signing after the new one has begun: 0 to 604800, by default 86400. */
                    overlap_seconds?: number;
                    /**
                     * Format: date-time
                     * @description When the new secret begins where there is room for one: within 7 days.
                     */
                    switch_at?: string;
                    /** @description True: no earlier secret signs anything any more, from now on. */
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
                        /** @description The new secret; shown this once. */
                        secret: string;
                        /**
                         * Format: date-time
                         * @description Until when the earlier secret signs, too.
                         */
                        previous_secret_expires_at: string;
                        /**
                         * Format: date-time
                         * @description When the new secret begins where there is room for one; null: it has.
                         */
                        secret_switches_at: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                    /** @description True: the new secret is called off; it ends at once. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                    /** @description Whose example; by default the first type with one that the endpoint wants. */
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
                         * @description The event that was published.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Of the latest attempt. */
                        response_status: number | null;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Of the latest attempt. */
                        response_status: number | null;
                        /**
                         * Format: date-time
                         * @description When the next attempt is due.
                         */
                        next_retry_at: string | null;
                    }[];
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description How many rows went so far. */
                        rows_erased: number;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                    /** @description True: look, and change nothing. By default false. */
                    read_only?: boolean;
                    /** @description How long the link can be opened: 10 to 86400, by default 600. */
                    expires_in_seconds?: number;
                    /** @description How long it lets in, once opened: 60 to 86400, by default 3600. */
                    session_seconds?: number;
                    /** @description auto (the default), light or dark. */
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
                        /** @description Where to send the customer, or what to put in the frame. */
                        url: string;
                        /**
                         * Format: date-time
                         * @description Until when it can be opened.
                         */
                        expires_at: string;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Whether it would be taken. */
                        is_allowed: boolean;
                        /** @description As it would be stored. */
                        url: string | null;
                        /** @description Of the error, if it would not. */
                        code: string | null;
                        /** @description What is wrong. */
                        message: string | null;
                        /** @description What to do. */
                        hint: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description Whether it would be taken. */
                        is_allowed: boolean;
                        /** @description As it would be stored. */
                        url: string | null;
                        /** @description Of the error, if it would not. */
                        code: string | null;
                        /** @description What is wrong. */
                        message: string | null;
                        /** @description What to do. */
                        hint: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description The endpoint's URL then. */
                        url: string | null;
                        /** @description name and value of each, in their order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description Whether nothing of it is missing. */
                        is_exact: boolean;
                        /** @description What is missing, and why. */
                        note: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                        /** @description The endpoint's URL then. */
                        url: string | null;
                        /** @description name and value of each, in their order. */
                        headers: unknown;
                        /** @description The body. */
                        body: string | null;
                        /** @description Whether nothing of it is missing. */
                        is_exact: boolean;
                        /** @description What is missing, and why. */
                        note: string | null;
                    };
                };
            };
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description Only this org; the admin key sees all orgs without it. */
                org_id?: string;
                /** @description Only this endpoint. */
                endpoint_id?: string;
                /** @description From here on; by default six hours ago. */
                since?: string;
                /** @description Before this; by default now. */
                until?: string;
                /** @description 60 (kept for two days) or 3600; by default 60 for up to six hours. */
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
                         * @description The beginning of the span.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                     * @description Only this org; the admin key sees all orgs without it.
                     */
                    org_id?: string;
                    /**
                     * Format: uuid
                     * @description Only this endpoint.
                     */
                    endpoint_id?: string;
                    /**
                     * Format: date-time
                     * @description From here on; by default six hours ago.
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Before this; by default now.
                     */
                    until?: string;
                    /** @description 60 (kept for two days) or 3600; by default 60 for up to six hours. */
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
                         * @description The beginning of the span.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description Only this org; the admin key sees all orgs without it. */
                org_id?: string;
                /** @description What is counted: by default the last day, at most 7. To the hour. */
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
                        /** @description For people to read. */
                        description: string;
                        /** @description False holds what is pending. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                     * @description Only this org; the admin key sees all orgs without it.
                     */
                    org_id?: string;
                    /**
                     * Format: date-time
                     * @description What is counted: by default the last day, at most 7. To the hour.
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
                        /** @description For people to read. */
                        description: string;
                        /** @description False holds what is pending. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                /** @description Only this org; the admin key sees all orgs without it. */
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
                     * @description Only this org; the admin key sees all orgs without it.
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
            /** @description A refusal; docs/reference/errors.md has every code. */
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
