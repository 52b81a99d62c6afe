/** PostgREST's and PostgreSQL's codes and messages, with our hints; part of the catalogue. */

function entry(status: number, message: string, hint: string | null = null) {
  return { status, message, hint };
}

export const dialectErrors = {
  // — PostgREST's own codes and messages —
  PGRST100: entry(400, '"failed to parse {what}" (line 1, column {column})'),
  PGRST101: entry(405, "Cannot use the {method} method on RPC"),
  PGRST102: entry(
    400,
    "{reason}",
    "Send valid JSON in UTF-8: an object, or for a table an array of objects.",
  ),
  PGRST103: entry(416, "Requested range not satisfiable"),
  PGRST106: entry(
    406,
    "Invalid schema: {schema}",
    "Only the following schemas are exposed: public",
  ),
  PGRST107: entry(406, "None of these media types are available: {types}"),
  PGRST116: entry(406, "Cannot coerce the result to a single JSON object"),
  PGRST117: entry(405, "Unsupported HTTP method: {method}"),
  PGRST122: entry(400, "Invalid preferences given with handling=strict"),
  PGRST123: entry(400, "Use of aggregate functions is not allowed"),
  PGRST124: entry(400, "Query result exceeds max-affected preference constraint"),
  PGRST125: entry(404, "Invalid path specified in request URL"),
  PGRST127: entry(400, "Feature not implemented: {feature}"),
  PGRST200: entry(
    400,
    "Could not find a relationship to '{relation}' in the schema cache",
    "Posthorn does not support embedding. Request each table separately.",
  ),
  PGRST202: entry(
    404,
    "Could not find the function public.{function}({arguments}) in the schema cache",
    "{signature}",
  ),
  PGRST204: entry(
    400,
    "Could not find the '{column}' column of '{table}' in the schema cache",
    "{table} has no {column}. A request may set: {columns}.",
  ),
  PGRST205: entry(
    404,
    "Could not find the table 'public.{table}' in the schema cache",
    "{similar}",
  ),

  // — PostgreSQL's codes, for errors that Posthorn detects itself —
  "21000": entry(400, "{statement} requires a WHERE clause", "Add a filter to the request."),
  "22007": entry(
    400,
    'invalid input syntax for type timestamp with time zone: "{value}"',
    "Use ISO 8601, e.g. 2026-11-23T03:36:47Z, or Unix seconds as a number.",
  ),
  "22008": entry(
    400,
    'date/time field value out of range: "{value}"',
    "Use ISO 8601 or Unix seconds, not milliseconds. Years 1 to 9999.",
  ),
  "22021": entry(400, 'invalid byte sequence for encoding "UTF8": {bytes}'),
  "22P02": entry(400, '{problem}: "{value}"'),
  "23502": entry(
    400,
    'null value in column "{column}" of relation "{table}" violates not-null constraint',
    "{column} is required.",
  ),
  "42501": entry(
    403,
    "{problem}",
    "Use a key of that org whose role allows this, or the admin key.",
  ),
  "42703": entry(400, "column {table}.{column} does not exist"),
  "42704": entry(400, 'type "{type}" does not exist'),
  // The status is 500, because PostgREST returns it for this code and its clients expect it.
  "57014": entry(
    500,
    "canceling statement due to statement timeout",
    "The query exceeded the limit of {seconds} s. Narrow it: filter by id, org_id or event_id, " +
      "request fewer rows, leave out count=exact, and do not sort by a JSON path.",
  ),
  "42P10": entry(
    400,
    "there is no unique or exclusion constraint matching the ON CONFLICT specification",
  ),
} as const;
