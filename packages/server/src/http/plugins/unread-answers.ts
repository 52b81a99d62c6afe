/**
 * Limits the bytes of responses that clients have not read yet. A response stays in memory until
 * its last byte is sent. Without a limit, 41 unread pages of 25 MB killed a process with 1 GiB of
 * heap.
 */
import type { FastifyInstance } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { FairAllocator, Share } from "../../model/fair-allocator.ts";
import type { Caller } from "../../model/principal.ts";

/**
 * Returns 429 while the caller's unread responses, including this one, would exceed what is free.
 * So one org can hold at most half, and responses to others still fit. A single response is never
 * rejected, however large.
 * @param bytesMax the limit for all callers together.
 */
export function boundUnreadAnswers(app: FastifyInstance, bytesMax: number): void {
  const bytesUnread = new FairAllocator<string>(bytesMax);
  /** The shares of the orgs, and one for the operator. */
  const shares = new Map<string, Share<string>>();
  app.addHook("onSend", (request, reply, payload, done) => {
    const bytes = bytesOf(payload);
    if (bytes < limits.unreadAnswerBytesLeast) return done();
    const caller = nameOf(request.caller);
    const share = shares.get(caller) ?? new Share(caller);
    if (bytesUnread.taken > 0 && !bytesUnread.mayTake(share, bytes)) {
      return done(new PosthornError("PH_ANSWERS_UNREAD", {}, { retryAfterSeconds: 1 }));
    }
    shares.set(caller, share);
    bytesUnread.take(share, bytes);
    reply.raw.once("close", () => {
      bytesUnread.giveBack(share, bytes);
      if (share.held === 0) shares.delete(caller);
    });
    done();
  });
}

/** The operator and unauthenticated callers share one entry. */
function nameOf(caller: Caller | null): string {
  return caller !== null && caller.kind === "key" ? caller.orgId : "operator";
}

function bytesOf(payload: unknown): number {
  if (typeof payload === "string" || Buffer.isBuffer(payload)) return payload.length;
  return 0;
}
