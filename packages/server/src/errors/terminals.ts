/** Errors about terminals, i.e. `posthorn listen`; part of the catalogue in catalogue.ts. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const terminalErrors = {
  PH_TOO_MANY_TERMINALS: entry(
    400,
    "The org has {terminals} endpoints that are terminals, which is the limit.",
    "Stop a posthorn listen that is no longer needed, or delete its endpoint.",
  ),
  PH_TOO_MANY_TERMINAL_CONNECTIONS: entry(
    429,
    "The org's terminals connected {most} times within {seconds} s, which is the limit.",
    "Try again after the seconds in Retry-After. Wait between connections, and start only one " +
      "posthorn listen for each endpoint.",
  ),
  PH_ENDPOINT_NOT_TERMINAL: entry(
    409,
    "Endpoint {endpoint} is not a terminal.",
    "Create an endpoint with the destination cli.",
  ),
} as const;
