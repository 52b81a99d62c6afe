/**
 * Limits the bytes of responses that clients have not read yet. A response stays in memory until
 * its last byte is sent. 41 unread pages of 25 MB killed a process with 1 GiB of heap.
 */
import type { FastifyInstance } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import type { Principal } from "../../model/principal.ts";

/**
 * Returns 429 if the caller's unread responses, including this one, would exceed what is free. So
 * one org can use at most half, and others still get responses. A caller's only response is never
 * rejected, whatever its size.
 *
 * @param bytesMax for all callers together.
 */
export function boundUnreadAnswers(app: FastifyInstance, bytesMax: number): void {
  /** Unread bytes by org; the operator has one entry. */
  const heldBy = new Map<string, number>();
  let heldBytes = 0;
  app.addHook("onSend", (request, reply, payload, done) => {
    const bytes = bytesOf(payload);
    if (bytes < limits.unreadAnswerBytesLeast) return done();
    const caller = callerOf(request.principal);
    const own = heldBy.get(caller) ?? 0;
    const free = bytesMax - heldBytes;
    if (heldBytes > 0 && (bytes > free || (own > 0 && own + bytes > free))) {
      return done(new PosthornError("PH_ANSWERS_UNREAD", {}, { retryAfterSeconds: 1 }));
    }
    heldBy.set(caller, own + bytes);
    heldBytes += bytes;
    reply.raw.once("close", () => {
      heldBytes -= bytes;
      const left = (heldBy.get(caller) ?? 0) - bytes;
      if (left > 0) heldBy.set(caller, left);
      else heldBy.delete(caller);
    });
    done();
  });
}

/** The operator and unauthenticated callers share one entry. */
function callerOf(principal: Principal | null): string {
  return principal === null || principal.kind === "admin" ? "operator" : principal.orgId;
}

function bytesOf(payload: unknown): number {
  if (typeof payload === "string" || Buffer.isBuffer(payload)) return payload.length;
  return 0;
}
