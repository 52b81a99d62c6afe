/**
 * Errors at the start. Each names the cause and what to do. docs/operators/lifecycle.md lists the
 * exit codes.
 */
export const startErrors = {
  PH_DATABASE_UNREACHABLE: {
    status: 503,
    message: "The database was not reachable within {seconds} s: {reason}.",
    hint: "Start the database server, or correct the host and port in DATABASE_URL.",
  },
  PH_STOPPED_WITHOUT_DATABASE: {
    status: 503,
    message: "The service stopped, but its database does not respond, so it could not sign off.",
    hint: "Nothing is lost: its leases end by themselves in {seconds} s. Bring the database back.",
  },
  PH_DATABASE_READ_ONLY: {
    status: 503,
    message: "No server of DATABASE_URL accepted writes within {seconds} s.",
    hint: "Promote a standby, or add the primary's host to DATABASE_URL.",
  },
  PH_DATABASE_LOGIN: {
    status: 500,
    message: "The database server rejected the login: {reason}.",
    hint: "Correct the user and password in DATABASE_URL, or create the role on the server.",
  },
  PH_DATABASE_MISSING: {
    status: 500,
    message: "The database server rejected the connection: {reason}.",
    hint: "Create the database on the server, or correct its name in DATABASE_URL.",
  },
  PH_DATABASE_TLS: {
    status: 500,
    message: "Cannot connect to the database with the TLS settings of DATABASE_URL: {reason}.",
    hint: "Correct sslmode or sslrootcert in DATABASE_URL, or enable TLS on the server.",
  },
  PH_DATABASE_RIGHTS: {
    status: 500,
    message: "The database role lacks a privilege: {reason}.",
    hint:
      "As an administrator, run: create schema posthorn authorization <role>; or grant create " +
      "on the database.",
  },
  PH_DATABASE_NOT_MIGRATED: {
    status: 500,
    message: "The database does not have Posthorn's tables: {reason}.",
    hint: "Run posthorn migrate first, or correct the database's name in DATABASE_URL.",
  },
  PH_DATABASE_START: {
    status: 500,
    message:
      "The database server rejected a statement at the start: {reason} (SQLSTATE {sqlstate}).",
    hint: "Fix the cause on the server or in DATABASE_URL, and start again.",
  },
  PH_LISTEN: {
    status: 500,
    message: "Cannot listen on port {port} of {host}: {reason}.",
    hint: "Set POSTHORN_HOST to an address of this machine and POSTHORN_PORT to an allowed port.",
  },
  PH_SYSTEM: {
    status: 500,
    message: "The operating system rejected a call that the command needs: {reason}.",
    hint: "Fix the cause and start again.",
  },
} as const;
