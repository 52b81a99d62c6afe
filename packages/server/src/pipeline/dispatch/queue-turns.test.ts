import fc from "fast-check";
import { expect, test } from "vitest";
import type { Endpoint } from "../../model/endpoint.ts";
import type { QueuedDelivery } from "./queue.ts";
import { endpointOf, fill, newQueue, StoppedClock } from "./testing/queue.ts";

test("returns a delivery as long as one may start, and loses none", () => {
  const places = [
    { org: "x", cap: 1 },
    { org: "x", cap: 2 },
    { org: "y", cap: 1 },
    { org: "z", cap: 3 },
  ];
  const endpoints = places.map(({ org, cap }, index) => endpointOf(`e${index}`, org, cap));
  const kind = fc.constantFrom("push", "retry", "take", "take", "done", "drain");
  const step = fc.tuple(kind, fc.nat(endpoints.length - 1), fc.nat(100));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const [retriesMax, inFlightMax] = [2, 6];
      const queue = newQueue(new StoppedClock(), { retriesInFlightMax: retriesMax, inFlightMax });
      const waiting = new Map(endpoints.map(({ id }) => [id, { firsts: 0, retries: 0 }]));
      const underWay: QueuedDelivery[] = [];
      const isRetry = ({ delivery }: QueuedDelivery): boolean => delivery.attempts > 0;
      for (const [what, index, which] of steps) {
        const endpoint = endpoints[index] as Endpoint;
        const at = waiting.get(endpoint.id) ?? { firsts: 0, retries: 0 };
        if (what === "push" || what === "retry") {
          fill(queue, endpoint, 1, what === "retry" ? 1 : 0);
          at[what === "retry" ? "retries" : "firsts"] += 1;
        } else if (what === "done") {
          const [done] = underWay.splice(which % Math.max(1, underWay.length), 1);
          if (done !== undefined) queue.done(done, false);
        } else if (what === "drain") {
          expect(queue.drain(endpoint.id)).toHaveLength(at.firsts + at.retries);
          waiting.set(endpoint.id, { firsts: 0, retries: 0 });
        } else {
          const mayRetry = underWay.filter(isRetry).length < retriesMax;
          const ready = endpoints.filter(({ id, orgId, inFlightMax: cap }) => {
            const ofOrg = underWay.filter(({ endpoint: to }) => to.orgId === orgId).length;
            if (ofOrg >= inFlightMax - underWay.length) return false;
            const has = waiting.get(id) ?? { firsts: 0, retries: 0 };
            const sent = underWay.filter(({ delivery }) => delivery.endpointId === id).length;
            return sent < cap && (has.firsts > 0 || (mayRetry && has.retries > 0));
          });
          const taken = queue.take();
          expect(taken === undefined).toBe(ready.length === 0);
          if (taken === undefined) continue;
          expect(ready.map(({ id }) => id)).toContain(taken.delivery.endpointId);
          const left = waiting.get(taken.delivery.endpointId);
          if (left !== undefined) left[isRetry(taken) ? "retries" : "firsts"] -= 1;
          underWay.push(taken);
        }
        const all = [...waiting.values()].reduce(
          (sum, each) => sum + each.firsts + each.retries,
          0,
        );
        expect([queue.size, queue.inFlight]).toEqual([all, underWay.length]);
      }
    }),
    { numRuns: 300 },
  );
});
