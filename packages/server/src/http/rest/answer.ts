/** Writes rows in the format that the client requested. */
import type { FastifyReply } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { typeOf, type Accepted } from "./accept.ts";
import { toCsv, toLines, withoutNulls } from "./export.ts";
import { elementTexts, memberTexts } from "../../model/json-text.ts";

export interface Rows {
  /** The rows as a JSON array. */
  readonly body: string;
  readonly count: number;
  /** The columns, which CSV needs even without rows. */
  readonly columns: readonly string[];
}

/**
 * @throws PosthornError `PGRST116` if the client requested exactly one row and there are more or
 * fewer.
 */
export function sendRows(reply: FastifyReply, accepted: Accepted, rows: Rows): FastifyReply {
  return reply.type(typeOf(accepted)).send(written(accepted, rows));
}

/** Sends a single object, which stays an object in every format. */
export function sendObject(reply: FastifyReply, accepted: Accepted, text: string): FastifyReply {
  if (accepted.form === "csv" || accepted.form === "lines") {
    return sendRows(reply, accepted, { body: `[${text}]`, count: 1, columns: [] });
  }
  const body = accepted.isStripped ? withoutNulls(text) : text;
  return reply.type(typeOf(accepted)).send(body);
}

function written({ form, isStripped }: Accepted, { body, count, columns }: Rows): string {
  switch (form) {
    case "array":
      return isStripped ? withoutNulls(body) : body;
    case "object": {
      const row = singular(body, count);
      return isStripped ? withoutNulls(row) : row;
    }
    case "lines":
      return toLines(elementTexts(body));
    case "csv": {
      const rows = elementTexts(body).map(memberTexts);
      return toCsv(rows[0] === undefined ? columns : [...rows[0].keys()], rows);
    }
  }
}

/** @throws PosthornError `PGRST116` unless there is exactly one row. */
export function singular(arrayText: string, rows: number): string {
  if (rows !== 1) {
    throw new PosthornError("PGRST116", {}, { details: `The result contains ${rows} rows` });
  }
  return arrayText.trim().slice(1, -1);
}
